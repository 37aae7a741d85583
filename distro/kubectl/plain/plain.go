// Package plain keeps kubectl from loading its texts in English: they are the
// very texts that its code names. Upstream packs and unpacks their catalogue at
// each start, which takes a third of the start's CPU time. Other languages are
// loaded as ever.
//
// In: LC_ALL, LC_MESSAGES, LANG. It only works when it is initialised before any
// package that says something. Go initialises packages in the order of their
// paths, as far as imports allow, and this one's path sorts before k8s.io.
package plain

import (
	"os"
	"strings"

	"k8s.io/kubectl/pkg/util/i18n"
)

// The languages that upstream has texts in, as its package i18n lists them.
var languages = map[string]bool{
	"fr_FR": true, "zh_CN": true, "ja_JP": true, "zh_TW": true,
	"it_IT": true, "de_DE": true, "ko_KR": true, "pt_BR": true,
}

func init() {
	if !translated(os.Getenv) {
		// It fails only when texts were loaded before: then there is nothing to save.
		_ = i18n.SetLoadTranslationsFunc(func() error { skipped = true; return nil })
	}
}

// skipped is whether something was said, without loading texts for it.
var skipped bool

// translated says whether upstream would find texts other than the code's own.
func translated(getenv func(string) string) bool {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if locale := getenv(name); locale != "" {
			language, _, _ := strings.Cut(locale, ".")
			return languages[language]
		}
	}
	return false
}
