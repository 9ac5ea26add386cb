package cfg

import (
	"strings"
	"testing"
)

func condOptions() *Options {
	return &Options{
		Env:            map[string]string{"HOME": "/root", "E": ""},
		Version:        "3.4.0",
		OpenSSLVersion: "3.0.20",
		SSLLibName:     "OpenSSL 3.0.20",
		Feature:        func(n string) bool { return n == "OPENSSL" },
		Enabled:        func(n string) bool { return n == "EPOLL" },
	}
}

func TestEvalCondition(t *testing.T) {
	tests := []struct {
		expr string
		want bool
	}{
		{"", false}, {" ", false}, {"0", false}, {"1", true}, {"-1", true}, {"-0", false}, {"+0", false}, {"00", false},
		{"0x1F", true}, {"0x0", false}, {"99999999999999999999999", true}, {"  1", true},
		{"!0", true}, {"!!1", true}, {"! 0", true}, {"!1", false},
		{"1 && 0", false}, {"1&&1||0", true}, {"1 || 0 && 0", true}, {"(1 || 0) && 0", false}, {"0 || 0 || 1", true},
		{"( 1 )", true}, {"((((1))))", true}, {"!(0 || 0) && 1", true}, {"1 && 1 && 1 && 0", false},
		{"defined(HOME)", true}, {"defined(E)", true}, {"defined(NOPE)", false}, {"defined( HOME )", false}, {"defined()", false}, {"defined", false},
		{"feature(OPENSSL)", true}, {"feature(openssl)", false}, {"enabled(EPOLL)", true}, {"enabled(POLL)", false},
		{"streq(a,a)", true}, {"streq(a,b)", false}, {"streq(,)", true}, {"strneq(a,b)", true}, {"strneq(a,a)", false},
		{"strstr(abc,b)", true}, {"strstr(abc,)", true}, {"strstr(,a)", false},
		{`streq("$HOME",/root)`, true}, {`streq("a b",'a b')`, true}, {"streq(a   b,a b)", true}, {"streq(a b ,a b )", true},
		{`streq(\'a,b\',\'a,b\')`, true}, {`streq('"a)b"','"a)b"')`, true}, {`streq('a\b',a\\b)`, true},
		{`streq('"a\tb"',"a\tb")`, true}, {`streq('"\q"',\\q)`, true}, {`streq('a\ b',"a b")`, true},
		{"version_atleast(3.4)", true}, {"version_atleast(3.4.0)", true}, {"version_atleast(3.4.1)", false}, {"version_atleast(3.4.0.1)", false},
		{"version_atleast(3.4-dev5)", true}, {"version_atleast(3.4-rc1)", true}, {"version_atleast(3.5-dev1)", false},
		{"version_before(3.4.1-dev1)", true}, {"version_before(3.4-1)", true}, {"version_before(3.4.0)", false}, {"version_atleast(foo)", true},
		{"openssl_version_atleast(1.1.1w)", true}, {"openssl_version_atleast(3.0.20)", true}, {"openssl_version_before(3.0.20)", false},
		{"openssl_version_before(3.0.20a)", true}, {"openssl_version_atleast(3.0.20-beta1)", true}, {"openssl_version_before(3.5.0-beta3)", true},
		{"ssllib_name_startswith(OpenSSL)", true}, {"ssllib_name_startswith(wolfSSL)", false},
		{"0 && awslc_api_atleast(1)", false}, {"1 || awslc_api_atleast(1)", true},
	}
	for _, tt := range tests {
		t.Run(tt.expr, func(t *testing.T) {
			if got, err := EvalCondition(tt.expr, condOptions()); err != nil || got != tt.want {
				t.Errorf("EvalCondition(%q) = %v, %v, want %v", tt.expr, got, err, tt.want)
			}
		})
	}
}

func TestConditionFaults(t *testing.T) {
	const missing = "missing arguments (got 1/2), type 'string' expected in argument 1 of predicate 'streq' used in conditional expression"
	tests := []struct {
		expr, msg string
		pos       int // counts from 1, as in messages
	}{
		{"foo", "unparsable conditional expression 'foo'", 1},
		{"1 && foo(1)", "unparsable conditional expression 'foo(1)'", 6},
		{"(foo)", "unparsable conditional expression 'foo)'", 2},
		{"!foo", "unparsable conditional expression '!foo'", 1},
		{"!", "unparsable conditional expression '!'", 1},
		{"(", "unparsable conditional expression '('", 1},
		{"()", "unparsable conditional expression ')'", 2},
		{"- 1", "unparsable conditional expression '- 1'", 1},
		{"1 &&", "unparsable conditional expression '&&'", 3},
		{"1 ||", "unparsable conditional expression '1 ||'", 3},
		{"&& 1", "unparsable conditional expression '&& 1'", 1},
		{"defined&&1", "unparsable conditional expression 'defined&&1'", 1},
		{"1 x", "unexpected character 'x' at the end of conditional expression '1 x'", 3},
		{"12abc", "unexpected character 'a' at the end of conditional expression '12abc'", 3},
		{"08", "unexpected character '8' at the end of conditional expression '08'", 2},
		{"1)", "unexpected character ')' at the end of conditional expression '1)'", 2},
		{"(1", "expected ')' after conditional expression '(1'", 1},
		{"!(1", "expected ')' after conditional expression '!(1'", 1},
		{"streq(1)", missing, 8},
		{"streq", missing, 6},
		{"streq()", missing, 7},
		{"streq (a,a)", missing, 6},
		{`streq("a,b,a)`, missing, 14},
		{"streq(a,b", "expected ')' in argument 1 of predicate 'streq' used in conditional expression", 10},
		{"streq(a,b,c)", "expected ')' before ',c)' in argument 1 of predicate 'streq' used in conditional expression", 10},
		{"openssl_version_atleast(3.0)", "invalid argument to conditional expression predicate 'openssl_version_atleast': '3.0'", 29},
		{"awslc_api_before(9)", "invalid argument to conditional expression predicate 'awslc_api_before': '9'", 20},
	}
	for _, tt := range tests {
		t.Run(tt.expr, func(t *testing.T) {
			_, err := evalCondition(tt.expr, condOptions(), nil)
			if err == nil {
				t.Fatalf("evalCondition(%q) succeeded", tt.expr)
			}
			if err.msg != tt.msg || err.pos+1 != tt.pos {
				t.Errorf("evalCondition(%q) = %s at %d, want %s at %d", tt.expr, err.msg, err.pos+1, tt.msg, tt.pos)
			}
		})
	}
}

func TestEvalConditionErrorsAreWholeMessages(t *testing.T) {
	tests := []struct{ expr, want string }{
		{"foo", "Failed to evaluate condition: unparsable conditional expression 'foo'"},
		{`streq("a`, "Syntax Error in condition: Unmatched quote."},
		{"1 # 0", "Failed to evaluate condition: unexpected character '#' at the end of conditional expression '1 # 0'"},
	}
	for _, tt := range tests {
		if _, err := EvalCondition(tt.expr, condOptions()); err == nil || err.Error() != tt.want {
			t.Errorf("EvalCondition(%q) = %v, want %s", tt.expr, err, tt.want)
		}
	}
}

func TestAWSLCPredicates(t *testing.T) {
	opt := condOptions()
	opt.AWSLCAPI = 30
	for expr, want := range map[string]bool{
		"awslc_api_atleast(30)": true, "awslc_api_atleast(31)": false, "awslc_api_before(31)": true, "awslc_api_before(30)": false,
	} {
		if got, err := EvalCondition(expr, opt); err != nil || got != want {
			t.Errorf("EvalCondition(%q) = %v, %v, want %v", expr, got, err, want)
		}
	}
}

func TestDeepConditionsEndInAnError(t *testing.T) {
	for _, expr := range []string{
		strings.Repeat("(", 5000) + "1" + strings.Repeat(")", 5000),
		strings.Repeat("1||", 5000) + "1",
		strings.Repeat("1&&", 5000) + "1",
	} {
		if _, err := EvalCondition(expr, condOptions()); err == nil || !strings.Contains(err.Error(), "unparsable conditional sub-expression") {
			t.Errorf("EvalCondition(%.10s...) = %v, want a refusal", expr, err)
		}
	}
}

func FuzzEvalCondition(f *testing.F) {
	for _, s := range []string{"", "1 && (0 || !1)", `streq("$HOME",a) || defined(E)`, "version_atleast(3.4-dev1)",
		"openssl_version_before(3.0.0-beta1)", "streq(a", "((", "!", "0x", `streq("\"a,b\"",'c')`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, expr string) {
		ok, err := EvalCondition(expr, condOptions())
		if err != nil && ok {
			t.Fatalf("EvalCondition(%q) = true with error %v", expr, err)
		}
		if _, ce := evalCondition(expr, condOptions(), nil); ce != nil && (ce.pos < 0 || ce.pos > len(expr)) {
			t.Fatalf("evalCondition(%q): position %d outside", expr, ce.pos)
		}
	})
}
