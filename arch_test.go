package segue_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "segue/"

// layers says how high a folder stands: it imports from lower ones only. It is
// doc/design.md's list of layers; a package that is not here fails the test.
var layers = []struct {
	layer    int
	packages string // under internal/, unless they begin with "/"
}{
	{0, "diag hash keyword rate sockopt unit"},
	{1, "htx wire/cip wire/h1 wire/hello wire/proxyproto wire/rdp"},
	{2, "sched sched/epoll sched/virtual syslog"},
	{3, "cfg conf"},
	{4, "lb"},
	{5, "acl catalog command logfmt pattern rule sample"},
	{6, "balance health persist pool queue resolve serverstate"},
	{7, "front stream"},
	{8, "feature/actions feature/admin feature/checks feature/convert feature/core feature/haterm feature/httpfetch feature/l4fetch feature/reload feature/resolvers feature/stats feature/vars"},
	{9, "features link manual process process/flags process/handover process/listen process/mcli process/notify process/privs"},
	{10, "/cmd/segue /test/bench /test/reload /test/vtc /"},
}

// beside lists the imports within a layer that are meant: what stands left is
// made of what stands right.
var beside = map[string]string{
	"acl":              "pattern sample",
	"catalog":          "command rule sample",
	"conf":             "cfg",
	"feature/admin":    "feature/vars", // "get var" and "set var"
	"front":            "stream",
	"health":           "pool",
	"link":             "process process/flags process/handover process/listen process/privs",
	"logfmt":           "sample",
	"manual":           "features process/mcli", // the master's commands have a table of their own
	"process":          "process/flags process/handover process/listen process/mcli process/notify process/privs",
	"process/handover": "process/listen",
	"process/mcli":     "process/listen",
	"resolve":          "health",
	"rule":             "acl logfmt sample",
	"sample":           "pattern",
	"sched/epoll":      "sched",
	"sched/virtual":    "sched",
	"wire/h1":          "htx",
}

// short is a package's name in the tables: without "segue/internal/", and with
// "/" in front outside of it.
func short(importPath string) string {
	p := strings.TrimPrefix(importPath, module)
	if in, ok := strings.CutPrefix(p, "internal/"); ok {
		return in
	}
	return "/" + p
}

// source is a parsed file.
type source struct {
	name string // from the top of the repository
	test bool
	ast  *ast.File
	set  *token.FileSet
}

// lines counts a node's.
func (s *source) lines(n ast.Node) int {
	return s.set.Position(n.End()).Line - s.set.Position(n.Pos()).Line + 1
}

func (s *source) at(n ast.Node) token.Position { return s.set.Position(n.Pos()) }

// pkg is the file's package in the tables' form.
func (s *source) pkg() string {
	dir := path.Dir(s.name)
	if dir == "." {
		return "/"
	}
	return short(module + dir)
}

// sources parses all Go files of the repository.
func sources(t *testing.T) []*source {
	t.Helper()
	var list []*source
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && name != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "bin") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(name, ".go") {
			return nil
		}
		set := token.NewFileSet()
		f, err := parser.ParseFile(set, name, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		list = append(list, &source{name: filepath.ToSlash(name), test: strings.HasSuffix(name, "_test.go"), ast: f, set: set})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// layerOf is layers by package.
func layerOf() map[string]int {
	m := map[string]int{}
	for _, l := range layers {
		for p := range strings.FieldsSeq(l.packages) {
			m[p] = l.layer
		}
	}
	return m
}

func TestImportsFollowTheLayers(t *testing.T) {
	layer := layerOf()
	for _, s := range sources(t) {
		mine, ok := layer[s.pkg()]
		if !ok {
			t.Errorf("%s: package %s has no layer; it belongs in the table here and in doc/design.md", s.name, s.pkg())
			continue
		}
		if s.test {
			continue // tests may build what is above from what they test
		}
		for _, i := range s.ast.Imports {
			p, _ := strconv.Unquote(i.Path.Value)
			if !strings.HasPrefix(p, module) {
				continue
			}
			to := short(p)
			switch {
			case layer[to] < mine:
			case layer[to] > mine:
				t.Errorf("%s: %s (layer %d) imports %s (layer %d), which is above it", s.at(i), s.pkg(), mine, to, layer[to])
			case !slices.Contains(strings.Fields(beside[s.pkg()]), to):
				t.Errorf("%s: %s imports %s of the same layer %d", s.at(i), s.pkg(), to, mine)
			}
		}
	}
}

func TestLayersNameNothingThatIsGone(t *testing.T) {
	have := map[string]bool{}
	for _, s := range sources(t) {
		have[s.pkg()] = true
	}
	for p := range layerOf() {
		if !have[p] {
			t.Errorf("layers name %s, which does not exist", p)
		}
	}
}

func TestNoInitFunctions(t *testing.T) {
	for _, s := range sources(t) {
		for _, d := range s.ast.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
				t.Errorf("%s: func init: say in features.All or in main what shall happen", s.at(f))
			}
		}
	}
}

func TestPackagesSayWhatTheyAre(t *testing.T) {
	type pkg struct {
		comment bool
		home    string // the file with the comment
		files   int
	}
	seen := map[string]*pkg{}
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		p := seen[s.pkg()]
		if p == nil {
			p = &pkg{}
			seen[s.pkg()] = p
		}
		p.files++
		if s.ast.Doc == nil {
			continue
		}
		if p.comment {
			t.Errorf("package %s has comments in %s and %s", s.pkg(), p.home, s.name)
		}
		p.comment, p.home = true, s.name
	}
	for name, p := range seen {
		if !p.comment {
			t.Errorf("package %s has no package comment (doc.go)", name)
		}
		if p.files > 3 && p.comment && path.Base(p.home) != "doc.go" && path.Base(p.home) != "main.go" {
			t.Errorf("package %s has its comment in %s; want doc.go", name, p.home)
		}
	}
}

func TestNamesSayWhatIsInside(t *testing.T) {
	for _, s := range sources(t) {
		switch name := s.ast.Name.Name; name {
		case "util", "utils", "common", "helper", "helpers", "misc", "base":
			t.Errorf("%s: package %s says nothing; name it after what it is about", s.name, name)
		}
	}
}

func TestSizes(t *testing.T) {
	const longestFile, longestFunc, usualFunc = 900, 150, 35
	total, usual := 0, 0
	for _, s := range sources(t) {
		if n := s.set.File(s.ast.Pos()).LineCount(); n > longestFile {
			t.Errorf("%s has %d lines; a file holds one idea in at most %d", s.name, n, longestFile)
		}
		for _, d := range s.ast.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Body == nil {
				continue
			}
			n := s.lines(f)
			if n > longestFunc && !s.test {
				t.Errorf("%s: %s has %d lines; at most %d", s.at(f), f.Name.Name, n, longestFunc)
			}
			if s.test {
				continue // tables of cases are long
			}
			total++
			if n <= usualFunc {
				usual++
			}
		}
	}
	if usual*10 < total*9 {
		t.Errorf("%d of %d functions have at most %d lines; want nine in ten", usual, total, usualFunc)
	}
	t.Logf("%d functions, %.1f %% of them with at most %d lines", total, 100*float64(usual)/float64(total), usualFunc)
}
