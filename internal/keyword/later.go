package keyword

import "strings"

// A laterGroup is names that HAProxy 3.4 knows, that are not built yet, and
// that wait for one feature.
type laterGroup struct {
	why   string // as in Doc.Why; "" where no feature is missing, only the word
	names string // separated by blanks
}

// Later returns the row of a name of a class that HAProxy 3.4 knows and that is
// not built yet, so that messages call it that and not unknown. The classes are
// "fetch", "converter", "acl", "service" and the rule sets as lines begin with
// them ("http-request"). Names that begin with "lua." are a program's own.
func Later(class, name string) (Doc, bool) {
	if strings.HasPrefix(name, "lua.") && len(name) > len("lua.") && class != "acl" {
		return Doc{Name: name, Effect: Unbuilt, Why: "it has no Lua"}, true
	}
	for _, g := range laterNames(class) {
		for n := range strings.FieldsSeq(g.names) {
			if n == name {
				return Doc{Name: name, Effect: Unbuilt, Why: g.why}, true
			}
		}
	}
	return Doc{}, false
}

// LaterNames lists the names of a class for hints.
func LaterNames(class string) (names []string) {
	for _, g := range laterNames(class) {
		names = append(names, strings.Fields(g.names)...)
	}
	return names
}

// laterNames is the table: a name leaves it when its row is written.
func laterNames(class string) []laterGroup {
	switch class {
	case "acl":
		return laterACLs()
	case "converter":
		return laterConverters()
	case "fetch":
		return laterFetches()
	case "service":
		return []laterGroup{{"it has no Prometheus exporter", "prometheus-exporter"}}
	}
	return laterActions(class)
}

// laterACLs lists ACL keywords other than the fetches. Manual 7.3.
func laterACLs() []laterGroup {
	return []laterGroup{
		{"it has no userlists", `http_auth_group`},
	}
}

// laterConverters lists converters. Manual 7.3.1.
func laterConverters() []laterGroup {
	return []laterGroup{
		{"it does not read this protocol yet", `eth.data eth.dst eth.hdr eth.proto eth.src eth.vlan fix_is_valid fix_tag_value ip.data ip.df ip.dst ip.fp
			ip.hdr ip.proto ip.src ip.tos ip.ttl ip.ver mqtt_field_value mqtt_is_valid protobuf rfc7239_field
			rfc7239_is_valid rfc7239_n2nn rfc7239_n2np rfc7239_nn rfc7239_np tcp.dst tcp.flags tcp.options.mss
			tcp.options.sack tcp.options.tsopt tcp.options.tsval tcp.options.wscale tcp.options.wsopt
			tcp.options_list tcp.seq tcp.src tcp.win ungrpc`},
		{"it does not show its inside this way", `debug when`},
		{"it has no JSON web tokens", `jwt_decrypt_cert jwt_decrypt_jwk jwt_decrypt_secret jwt_header_query jwt_payload_query jwt_verify
			jwt_verify_cert`},
		{"it has no TLS", `aes_cbc_dec aes_cbc_enc aes_gcm_dec aes_gcm_enc x509_v_err_str`},
		{"it has no stick tables and peers", `in_table table_bytes_in_rate table_bytes_out_rate table_clr_gpc table_clr_gpc0 table_clr_gpc1
			table_conn_cnt table_conn_cur table_conn_rate table_expire table_glitch_cnt table_glitch_rate table_gpc
			table_gpc0 table_gpc0_rate table_gpc1 table_gpc1_rate table_gpc_rate table_gpt table_gpt0
			table_http_err_cnt table_http_err_rate table_http_fail_cnt table_http_fail_rate table_http_req_cnt
			table_http_req_rate table_idle table_inc_gpc table_inc_gpc0 table_inc_gpc1 table_kbytes_in
			table_kbytes_out table_server_id table_sess_cnt table_sess_rate table_trackers`},
	}
}

// laterFetches lists fetches. Manual 7.3.2 to 7.3.7.
func laterFetches() []laterGroup {
	return []laterGroup{
		{"", `bc_err bc_err_name bc_err_str`},
		{"glitches are not counted yet", `bc_glitches fc_glitches`},
		{"it does not read this protocol yet", `distcc_body distcc_param`},
		{"it does not show its inside this way", `bs.aborted bs.debug_str bs.id dump_all_vars fs.aborted fs.debug_str fs.id last_entity term_events
			waiting_entity`},
		{"it has no FastCGI", `fcgi.docroot fcgi.index`},
		{"it has no HTTP/2", `bs.rst_code fs.rst_code`},
		{"it has no HTX", `internal.htx.data internal.htx.free internal.htx.free_data internal.htx.has_eom internal.htx.nbblks
			internal.htx.size internal.htx.used internal.htx_blk.data internal.htx_blk.hdrname
			internal.htx_blk.hdrval internal.htx_blk.size internal.htx_blk.start_line internal.htx_blk.type`},
		{"it has no QUIC", `quic_enabled`},
		{"it has no SPOE", `spoe.engine-id`},
		{"it has no TLS", `ssl_bc_alg_keysize ssl_bc_alpn
			ssl_bc_cipher ssl_bc_client_early_traffic_secret ssl_bc_client_handshake_traffic_secret
			ssl_bc_client_random ssl_bc_client_traffic_secret_0 ssl_bc_curve ssl_bc_early_exporter_secret ssl_bc_err
			ssl_bc_err_str ssl_bc_exporter_secret ssl_bc_npn ssl_bc_protocol
			ssl_bc_server_handshake_traffic_secret ssl_bc_server_random ssl_bc_server_traffic_secret_0
			ssl_bc_session_id ssl_bc_session_key ssl_bc_sni ssl_bc_unique_id ssl_bc_use_keysize
			ssl_c_chain_der ssl_c_der ssl_c_i_dn ssl_c_key_alg ssl_c_notafter
			ssl_c_notbefore ssl_c_r_dn ssl_c_s_dn ssl_c_san ssl_c_serial ssl_c_sha1 ssl_c_sig_alg
			ssl_c_version ssl_f_der ssl_f_i_dn ssl_f_key_alg ssl_f_notafter ssl_f_notbefore ssl_f_s_dn
			ssl_f_serial ssl_f_sha1 ssl_f_sig_alg ssl_f_version ssl_fc_alg_keysize
			ssl_fc_cipherlist_bin ssl_fc_cipherlist_hex ssl_fc_cipherlist_str ssl_fc_cipherlist_xxh
			ssl_fc_client_early_traffic_secret ssl_fc_client_handshake_traffic_secret ssl_fc_client_random
			ssl_fc_client_traffic_secret_0 ssl_fc_crtname ssl_fc_curve ssl_fc_early_exporter_secret
			ssl_fc_ecformats_bin ssl_fc_eclist_bin ssl_fc_exporter_secret
			ssl_fc_extlist_bin ssl_fc_npn
			ssl_fc_protocol_hello_id ssl_fc_server_handshake_traffic_secret ssl_fc_server_random
			ssl_fc_server_traffic_secret_0 ssl_fc_session_id ssl_fc_session_key ssl_fc_sigalgs_bin
			ssl_fc_supported_versions_bin ssl_fc_unique_id ssl_fc_use_keysize ssl_s_chain_der ssl_s_der ssl_s_i_dn
			ssl_s_key_alg ssl_s_notafter ssl_s_notbefore ssl_s_s_dn ssl_s_serial ssl_s_sha1 ssl_s_sig_alg
			ssl_s_version`},
		{"it has no compression", `res.comp res.comp_algo`},
		{"it has no stick tables and peers", `sc0_bytes_in_rate sc0_bytes_out_rate sc0_clr_gpc0 sc0_clr_gpc1 sc0_conn_cnt sc0_conn_cur sc0_conn_rate
			sc0_get_gpc0 sc0_get_gpc1 sc0_get_gpt0 sc0_glitch_cnt sc0_glitch_rate sc0_gpc0_rate sc0_gpc1_rate
			sc0_http_err_cnt sc0_http_err_rate sc0_http_fail_cnt sc0_http_fail_rate sc0_http_req_cnt
			sc0_http_req_rate sc0_inc_gpc0 sc0_inc_gpc1 sc0_kbytes_in sc0_kbytes_out sc0_key sc0_sess_cnt
			sc0_sess_rate sc0_tracked sc0_trackers sc1_bytes_in_rate sc1_bytes_out_rate sc1_clr_gpc sc1_clr_gpc0
			sc1_clr_gpc1 sc1_conn_cnt sc1_conn_cur sc1_conn_rate sc1_get_gpc0 sc1_get_gpc1 sc1_get_gpt0
			sc1_glitch_cnt sc1_glitch_rate sc1_gpc0_rate sc1_gpc1_rate sc1_http_err_cnt sc1_http_err_rate
			sc1_http_fail_cnt sc1_http_fail_rate sc1_http_req_cnt sc1_http_req_rate sc1_inc_gpc0 sc1_inc_gpc1
			sc1_kbytes_in sc1_kbytes_out sc1_key sc1_sess_cnt sc1_sess_rate sc1_tracked sc1_trackers
			sc2_bytes_in_rate sc2_bytes_out_rate sc2_clr_gpc0 sc2_clr_gpc1 sc2_conn_cnt sc2_conn_cur sc2_conn_rate
			sc2_get_gpc0 sc2_get_gpc1 sc2_get_gpt0 sc2_glitch_cnt sc2_glitch_rate sc2_gpc0_rate sc2_gpc1_rate
			sc2_http_err_cnt sc2_http_err_rate sc2_http_fail_cnt sc2_http_fail_rate sc2_http_req_cnt
			sc2_http_req_rate sc2_inc_gpc0 sc2_inc_gpc1 sc2_kbytes_in sc2_kbytes_out sc2_key sc2_sess_cnt
			sc2_sess_rate sc2_tracked sc2_trackers sc_bytes_in_rate sc_bytes_out_rate sc_clr_gpc sc_clr_gpc0
			sc_clr_gpc1 sc_conn_cnt sc_conn_cur sc_conn_rate sc_get_gpc sc_get_gpc0 sc_get_gpc1 sc_get_gpt
			sc_get_gpt0 sc_glitch_cnt sc_glitch_rate sc_gpc0_rate sc_gpc1_rate sc_gpc_rate sc_http_err_cnt
			sc_http_err_rate sc_http_fail_cnt sc_http_fail_rate sc_http_req_cnt sc_http_req_rate sc_inc_gpc
			sc_inc_gpc0 sc_inc_gpc1 sc_kbytes_in sc_kbytes_out sc_key sc_sess_cnt sc_sess_rate sc_tracked sc_trackers
			src_bytes_in_rate src_bytes_out_rate src_clr_gpc src_clr_gpc0 src_clr_gpc1 src_conn_cnt src_conn_cur
			src_conn_rate src_get_gpc src_get_gpc0 src_get_gpc1 src_get_gpt src_get_gpt0 src_glitch_cnt
			src_glitch_rate src_gpc0_rate src_gpc1_rate src_gpc_rate src_http_err_cnt src_http_err_rate
			src_http_fail_cnt src_http_fail_rate src_http_req_cnt src_http_req_rate src_inc_gpc src_inc_gpc0
			src_inc_gpc1 src_kbytes_in src_kbytes_out src_sess_cnt src_sess_rate src_updt_conn_cnt table_avl
			table_cnt`},
		{"it has no userlists", `http_auth http_auth_group`},
		{"responses are not cached yet", `res.cache_hit res.cache_name`},
		{"times of tasks are not counted yet", `cpu_calls cpu_ns_avg cpu_ns_tot cpu_usage_grp cpu_usage_proc cpu_usage_thr lat_ns_avg lat_ns_tot`},
	}
}

// laterActions lists the actions of a rule set. Manual 4.4.
func laterActions(set string) []laterGroup {
	switch set {
	case "quic-initial":
		return []laterGroup{
			{"it has no QUIC", `dgram-drop send-retry`},
		}
	case "tcp-request connection":
		return []laterGroup{
			{"it has no stick tables and peers", `sc-add-gpc sc-inc-gpc sc-inc-gpc0 sc-inc-gpc1 sc-set-gpt sc-set-gpt0 track-sc0 track-sc1 track-sc2`},
		}
	case "tcp-request session":
		return []laterGroup{
			{"it has no HTTP/2", `attach-srv`},
			{"it has no stick tables and peers", `sc-add-gpc sc-inc-gpc sc-inc-gpc0 sc-inc-gpc1 sc-set-gpt sc-set-gpt0 track-sc0 track-sc1 track-sc2`},
		}
	case "tcp-request content":
		return []laterGroup{
			{"", `set-bc-mark set-bc-tos`},
			{"bandwidth is not limited yet", `set-bandwidth-limit`},
			{"it has no stick tables and peers", `sc-add-gpc sc-inc-gpc sc-inc-gpc0 sc-inc-gpc1 sc-set-gpt sc-set-gpt0 track-sc0 track-sc1 track-sc2`},
		}
	case "tcp-response content":
		return []laterGroup{
			{"bandwidth is not limited yet", `set-bandwidth-limit`},
			{"it has no stick tables and peers", `sc-add-gpc sc-inc-gpc sc-inc-gpc0 sc-inc-gpc1 sc-set-gpt sc-set-gpt0`},
		}
	case "http-request":
		return []laterGroup{
			{"", `add-headers-bin del-headers-bin set-bc-mark set-bc-tos set-headers-bin`},
			{"bandwidth is not limited yet", `set-bandwidth-limit`},
			{"it has no stick tables and peers", `sc-add-gpc sc-inc-gpc sc-inc-gpc0 sc-inc-gpc1 sc-set-gpt sc-set-gpt0 track-sc0 track-sc1 track-sc2`},
			{"responses are not cached yet", `cache-use`},
		}
	case "http-response":
		return []laterGroup{
			{"", `add-headers-bin del-headers-bin set-headers-bin`},
			{"bandwidth is not limited yet", `set-bandwidth-limit`},
			{"it has no stick tables and peers", `sc-add-gpc sc-inc-gpc sc-inc-gpc0 sc-inc-gpc1 sc-set-gpt sc-set-gpt0 track-sc0 track-sc1 track-sc2`},
			{"responses are not cached yet", `cache-store`},
		}
	case "http-after-response":
		return []laterGroup{
			{"", `add-headers-bin capture del-acl del-headers-bin set-headers-bin`},
			{"it has no stick tables and peers", `sc-add-gpc sc-inc-gpc sc-inc-gpc0 sc-inc-gpc1 sc-set-gpt sc-set-gpt0`},
		}
	}
	return nil
}
