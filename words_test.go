package segue_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/constant"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"segue/internal/catalog"
	"segue/internal/cfg"
	"segue/internal/conf"
	"segue/internal/diag"
	"segue/internal/features"
	"segue/internal/keyword"
)

// These tests prove that no word is taken in silence: whoever writes a word
// changes something that somebody looks at, or is told that it does nothing.

const model = module + "internal/conf"

// uses is what the packages that do not parse look at: fields of the model as
// "Proxy.FullConn", its constants as "OptPersist", strings as they are written.
type uses struct {
	names map[string]bool
	// consts finds the name of a constant by its type and value.
	consts map[string]string
}

// readers type-checks the module from the build's export data.
func readers(t *testing.T) *uses {
	t.Helper()
	cmd := exec.Command("go", "list", "-export", "-deps", "-json=ImportPath,Dir,Export,GoFiles", "./cmd/segue")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	type listed struct {
		ImportPath, Dir, Export string
		GoFiles                 []string
	}
	export := map[string]string{}
	var own []listed
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := dec.Decode(&p); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		export[p.ImportPath] = p.Export
		switch strings.TrimPrefix(p.ImportPath, module+"internal/") {
		case p.ImportPath, "conf", "catalog", "feature/core", "cfg":
		default:
			own = append(own, p)
		}
	}
	set := token.NewFileSet()
	imp := importer.ForCompiler(set, "gc", func(path string) (io.ReadCloser, error) { return os.Open(export[path]) })
	u := &uses{map[string]bool{}, map[string]string{}}
	fields := u.declared(t, imp)
	for _, p := range own {
		u.collect(t, set, imp, fields, p.ImportPath, p.Dir, p.GoFiles)
	}
	return u
}

// declared names the model's fields and constants.
func (u *uses) declared(t *testing.T, imp types.Importer) map[types.Object]string {
	t.Helper()
	pkg, err := imp.Import(model)
	if err != nil {
		t.Fatal(err)
	}
	fields := map[types.Object]string{}
	for _, name := range pkg.Scope().Names() {
		switch obj := pkg.Scope().Lookup(name).(type) {
		case *types.TypeName:
			if s, ok := obj.Type().Underlying().(*types.Struct); ok {
				for i := range s.NumFields() {
					fields[s.Field(i)] = name + "." + s.Field(i).Name()
				}
			}
		case *types.Const:
			fields[obj] = name
			if named, ok := obj.Type().(*types.Named); ok {
				if v, ok := constant.Uint64Val(constant.ToInt(obj.Val())); ok {
					u.consts[fmt.Sprint(named.Obj().Name(), " ", v)] = name
				}
			}
		}
	}
	return fields
}

// collect adds what one package looks at.
func (u *uses) collect(t *testing.T, set *token.FileSet, imp types.Importer, fields map[types.Object]string, path, dir string, names []string) {
	t.Helper()
	var files []*ast.File
	for _, name := range names {
		f, err := parser.ParseFile(set, filepath.Join(dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
		ast.Inspect(f, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				u.names[lit.Value] = true
			}
			return true
		})
	}
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}}
	check := types.Config{Importer: imp}
	if _, err := check.Check(path, set, files, info); err != nil {
		t.Fatal(err)
	}
	for _, obj := range info.Uses {
		if name := fields[obj]; name != "" {
			u.names[name] = true
		}
	}
}

// seen reports whether a difference between two values of the model is one
// that somebody looks at.
func (u *uses) seen(a, b reflect.Value) bool {
	if a.Kind() != b.Kind() || a.Type() != b.Type() {
		return true
	}
	if s := u.bits(a, b); s != unknown {
		return s == read
	}
	switch a.Kind() {
	case reflect.Pointer, reflect.Interface:
		if a.IsNil() || b.IsNil() {
			return a.IsNil() != b.IsNil()
		}
		return u.seen(a.Elem(), b.Elem())
	case reflect.Struct:
		return u.seenStruct(a, b)
	case reflect.Slice, reflect.Array:
		return u.seenList(a, b)
	case reflect.Map:
		for _, k := range b.MapKeys() {
			if v := a.MapIndex(k); !v.IsValid() || !reflect.DeepEqual(v.Interface(), b.MapIndex(k).Interface()) {
				return true
			}
		}
		return a.Len() > b.Len()
	}
	return !reflect.DeepEqual(a.Interface(), b.Interface())
}

func (u *uses) seenStruct(a, b reflect.Value) bool {
	t := a.Type()
	if t == reflect.TypeFor[cfg.Line]() {
		return !reflect.DeepEqual(a.Interface(), b.Interface())
	}
	if x, ok := a.Interface().(conf.BySet[conf.RuleLine]); ok {
		return u.seenRules(x, b.Interface().(conf.BySet[conf.RuleLine]))
	}
	for i := range t.NumField() {
		f := t.Field(i)
		if !f.IsExported() || f.Name == "Line" || f.Name == "SNI" /* checked only: there is no TLS */ || t.PkgPath() == model && !u.names[t.Name()+"."+f.Name] {
			continue
		}
		if f.Type.Kind() == reflect.Map && (f.Name == "Extra" || f.Name == "CheckWords") {
			for _, k := range b.Field(i).MapKeys() {
				if u.names[fmt.Sprintf("%q", k.String())] {
					return true
				}
			}
			for _, k := range a.Field(i).MapKeys() {
				if u.names[fmt.Sprintf("%q", k.String())] && !b.Field(i).MapIndex(k).IsValid() {
					return true
				}
			}
			continue
		}
		if u.seen(a.Field(i), b.Field(i)) {
			return true
		}
	}
	return false
}

// seenRules compares the rule sets that somebody names.
func (u *uses) seenRules(a, b conf.BySet[conf.RuleLine]) bool {
	for set := range conf.RuleSets {
		if u.names[u.consts[fmt.Sprint("RuleSet ", int(set))]] && u.seen(reflect.ValueOf(a.Of(set)), reflect.ValueOf(b.Of(set))) {
			return true
		}
	}
	return false
}

func (u *uses) seenList(a, b reflect.Value) bool {
	for i := range min(a.Len(), b.Len()) {
		if u.seen(a.Index(i), b.Index(i)) {
			return true
		}
	}
	return a.Len() != b.Len()
}

const (
	unknown = iota
	read
	unread
)

// bits looks at options: each bit has a constant of its own.
func (u *uses) bits(a, b reflect.Value) int {
	if a.Type() != reflect.TypeFor[conf.Options]() {
		return unknown
	}
	for d, bit := a.Uint()^b.Uint(), uint64(1); d != 0; d, bit = d>>1, bit<<1 {
		if d&1 != 0 && u.names[u.consts[fmt.Sprint("Options ", bit)]] {
			return read
		}
	}
	return unread
}

// elsewhere lists the words whose effect is not in the model: where it is.
var elsewhere = map[string]string{
	"capture":                      "belongs to its second word",
	"default-server":               "package core: in the servers that follow",
	"h1-case-adjust-file":          "reads pairs from a file, which none of the attempts is",
	"expose-deprecated-directives": "package core: silences warnings",
	"presetenv":                    "package cfg: in the lines that follow",
	"resetenv":                     "package cfg",
	"setenv":                       "package cfg",
	"stats show-modules":           "makes the page, without modules",
	"stick-table":                  "fetches that name it look for it; nothing is stored",
	"unix-bind":                    "package core: in the listeners that follow",
	"unsetenv":                     "package cfg",
}

// attempt is a word with arguments in a configuration: the text without the
// word and the one with it.
type attempt struct{ without, with string }

// arguments are tried for every word; one of them fits nearly all.
var arguments = strings.Split(`|1|10|on|off|5s|70s|64k|127.0.0.1|127.0.0.1:81|/tmp|a|a b|none|never|h1|httplog|503 /dev/null|http-request 5s|
sessions 10|header x-a len 5|cookie c len 5|capture request len 5|if TRUE|if { src 127.0.0.1 }|fail if TRUE|a if TRUE|deny|prefix /x|b src 127.0.0.1|
connection reject|content reject|inspect-delay 5s|first|local|listeners|admin|number|root|string|haterm|spop|global local0|127.0.0.1 local0|
"%H"|/u|x-h|x-h src|all|conn-failure|rdp-cookie|rdp-cookie(x)|command /bin/true|send meth GET|connect|always|consistent|200|hdr(x)|preserve|
layer4|fastinter|shutdown-sessions|shutdown-backup-sessions|up|id32|unique-id|128|ipv4|source|proc.a int(1)|proc.a str(x)|
prefix /a mode 600|content-type Content-Type|content-type Content-Type|origin /tmp|new-worker|x=y|u:p|allow|timeout 5s|/tmp/s.sock|(1) x|(0x21) x|@1|from b|503 https://x/|
if TRUE or FALSE|socket /tmp/x|1-3 x:1|a 1-3 127.0.0.1:80|a 127.0.0.1:80|127.0.0.1:0|0x77|daemon|unix@/tmp/x|200 /dev/null|status 200 content-type text/plain string x|listen l|hdr(host)|l|allow-dup-ip`, "|")

// attempts are the ways to use a row. undo is the word that it takes back, "" if
// there is none.
func attempts(row *keyword.Doc, kind string, in catalog.In) (list []attempt) {
	undo := ""
	if tail, ok := strings.CutPrefix(row.Name, "no-"); ok {
		undo = tail
	}
	before := map[string]string{"enabled": "disabled", "strict-limits": "no strict-limits", "option http-keep-alive": "option httpclose"}[row.Name]
	if undo != "" {
		before = undo
	}
	for _, args := range arguments {
		args = strings.TrimSpace(args)
		word := strings.TrimSpace(row.Name + " " + args)
		if strings.HasPrefix(args, "(") {
			word = row.Name + args
		}
		var head, line, base string
		switch kind {
		case "bind":
			head, base, line = "listen l\n", "bind :1 ", "bind :1 "
		case "server":
			head, base, line = "listen l\n", "server s 127.0.0.1:1 ", "server s 127.0.0.1:1 "
		default:
			head = "listen l\n"
			switch {
			case in&catalog.Global != 0:
				head = "global\n"
			case in&catalog.Listen == 0:
				head = "defaults d\n"
			}
		}
		if kind != "" {
			list = append(list, attempt{head + " " + base + before + "\n", head + " " + line + before + " " + word + "\n"})
			continue
		}
		if before != "" {
			head += " " + before + "\n"
		}
		list = append(list, attempt{head, head + " " + word + "\n"})
	}
	return list
}

// parseText parses a configuration.
func parseText(ix *catalog.Index, text string) (*conf.Model, *diag.List) {
	d := &diag.List{}
	src := []cfg.Source{{Name: "f", Data: []byte(text)}}
	tree := cfg.Read(src, &cfg.Options{Sections: ix.SectionNames()}, d)
	return catalog.ParseWith(tree, ix, d, catalog.Options{}), d
}

func TestEveryWordHasAnEffectOrSaysThatItHasNone(t *testing.T) {
	u := readers(t)
	all := features.All()
	ix := catalog.New(all...)
	for _, f := range all {
		for i := range f.Directives {
			row := &f.Directives[i]
			u.prove(t, ix, &row.Doc, "", row.In)
		}
		for i := range f.BindWords {
			u.prove(t, ix, &f.BindWords[i].Doc, "bind", 0)
		}
		for i := range f.ServerWords {
			u.prove(t, ix, &f.ServerWords[i].Doc, "server", 0)
		}
	}
}

// prove uses a word until it finds an effect, and fails when it is silent.
func (u *uses) prove(t *testing.T, ix *catalog.Index, row *keyword.Doc, kind string, in catalog.In) {
	t.Helper()
	if elsewhere[kind+row.Name] != "" {
		return
	}
	if row.Effect != keyword.Works && row.Why == "" {
		t.Errorf("%s word %q has no effect and does not say why", kind, row.Name)
	}
	taken := ""
	for _, a := range attempts(row, kind, in) {
		was, _ := parseText(ix, a.without)
		now, d := parseText(ix, a.with)
		bad := slices.ContainsFunc(d.Entries(), func(e diag.Entry) bool { return e.Sev == diag.Alert && e.Pos.Line > 1 })
		if bad {
			continue
		}
		taken = a.with
		if u.seen(reflect.ValueOf(was).Elem(), reflect.ValueOf(now).Elem()) {
			if row.Effect == keyword.Inert {
				t.Errorf("%s word %q claims to have no effect, but somebody looks at what it says:\n%s", kind, row.Name, a.with)
			}
			return
		}
	}
	if row.Effect != keyword.Works {
		return
	}
	if taken == "" {
		t.Logf("%s word %q: every attempt was refused", kind, row.Name)
		return
	}
	t.Errorf("%s word %q is taken, and nobody looks at what it says:\n%s", kind, row.Name, taken)
}
