package convert

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	stdhash "hash"
	"strings"

	"segue/internal/lb"
	"segue/internal/sample"
)

// digestRows are the converters that hash into bytes.
func digestRows() []sample.Converter {
	return []sample.Converter{
		{Doc: docArgs("digest", "algorithm", "The message digest by a named algorithm: md5, sha1, sha256 ..."),
			Args: []sample.ArgSpec{need("algorithm", sample.ArgStr)}, In: sample.Bin, Out: sample.Bin, Check: checkDigest, Eval: digest},
		{Doc: docArgs("hmac", "algorithm,key", "The keyed digest (RFC 2104); the key is base64, or a variable that holds base64."),
			Args: []sample.ArgSpec{need("algorithm", sample.ArgStr), need("key", sample.ArgStr)}, In: sample.Bin, Out: sample.Bin, Check: checkHMAC, Eval: hmacOf},
		{Doc: doc("sha1", "The SHA-1 digest."), In: sample.Bin, Out: sample.Bin, Eval: sha1Of},
		{Doc: docArgs("sha2", "[bits]", "The SHA-2 digest of 224, 256, 384 or 512 bits (256)."),
			Args: []sample.ArgSpec{may("bits", sample.ArgInt)}, In: sample.Bin, Out: sample.Bin, Check: checkSHA2, Eval: digest},
	}
}

// algorithms are the digests by the names that OpenSSL gives them.
var algorithms = map[string]func() stdhash.Hash{
	"md5": md5.New, "sha1": sha1.New, "sha224": sha256.New224, "sha256": sha256.New,
	"sha384": sha512.New384, "sha512": sha512.New, "sha512-224": sha512.New512_224, "sha512-256": sha512.New512_256,
}

func algorithm(a *sample.Arg) error {
	f := algorithms[strings.ToLower(a.Str)]
	if f == nil {
		return errors.New("Unsupported digest '" + a.Str + "'") //nolint:staticcheck // HAProxy's words
	}
	a.Ref = f
	return nil
}

func checkDigest(args []sample.Arg, _ *sample.Scope) error { return algorithm(&args[0]) }

func checkSHA2(args []sample.Arg, _ *sample.Scope) error {
	switch args[0].Int {
	case 0:
		args[0].Str = "sha256"
	case 224, 256, 384, 512:
		args[0].Str = "sha" + args[0].Str
	default:
		return errors.New("Unsupported number of bits: '" + args[0].Str + "'") //nolint:staticcheck // HAProxy's words
	}
	return algorithm(&args[0])
}

// digest allocates the state of the algorithm: it is not for every request.
func digest(s *lb.Stream, args []sample.Arg, v *sample.Value) bool {
	h := args[0].Ref.(func() stdhash.Hash)()
	h.Write(v.Bytes)
	return keep(s, v, sample.Bin, h.Sum(sample.Begin(s.Thread)))
}

func sha1Of(s *lb.Stream, _ []sample.Arg, v *sample.Value) bool {
	sum := sha1.Sum(v.Bytes)
	return keep(s, v, sample.Bin, append(sample.Begin(s.Thread), sum[:]...))
}

func checkHMAC(args []sample.Arg, sc *sample.Scope) error {
	if err := algorithm(&args[0]); err != nil {
		return err
	}
	if ref := variable(args[1].Str, sc); ref != nil {
		args[1].Ref = ref
		return nil
	}
	key, err := base64.StdEncoding.DecodeString(args[1].Str)
	if err != nil {
		return errors.New("failed to parse key: expects base64 or a variable name")
	}
	args[1].Ref = key
	return nil
}

func hmacOf(s *lb.Stream, args []sample.Arg, v *sample.Value) bool {
	key, ok := args[1].Ref.([]byte)
	if !ok {
		k := sample.Take(s)
		defer sample.Give(s)
		if !args[1].Ref.(sample.Var).Get(s, k) || !sample.Cast(s, k, sample.Str) {
			return false
		}
		var err error
		if key, err = base64.StdEncoding.AppendDecode(nil, k.Bytes); err != nil {
			return false
		}
	}
	h := hmac.New(args[0].Ref.(func() stdhash.Hash), key)
	h.Write(v.Bytes)
	return keep(s, v, sample.Bin, h.Sum(sample.Begin(s.Thread)))
}
