package plain

import (
	"os"
	"strings"
	"testing"

	"k8s.io/kubectl/pkg/util/i18n"
)

// For the test of the order, which must not be in this package: it imports what comes after.
func Effective() bool { return skipped || translated(os.Getenv) }

func TestOnlyALanguageThatUpstreamHasIsTranslated(t *testing.T) {
	for locales, want := range map[string]bool{
		"":                            false,
		"LANG=C.UTF-8":                false,
		"LANG=en_US.UTF-8":            false,
		"LANG=xx_XX.UTF-8":            false,
		"LANG=de_DE.UTF-8":            true,
		"LC_ALL=C LANG=de_DE.UTF-8":   false,
		"LC_MESSAGES=ja_JP.eucJP":     true,
		"LC_ALL=de_DE.UTF-8 LANG=C":   true,
		"LC_ALL=C.UTF-8 LANG=C.UTF-8": false,
	} {
		getenv := func(name string) string {
			for _, locale := range strings.Fields(locales) {
				if key, value, _ := strings.Cut(locale, "="); key == name {
					return value
				}
			}
			return ""
		}
		if got := translated(getenv); got != want {
			t.Errorf("%q: %v", locales, got)
		}
	}
}

// The texts that are left out must say what the code says.
func TestUpstreamsEnglishIsTheCodesOwn(t *testing.T) {
	text := "Print the client and server version information"
	if got := i18n.T(text); got != text {
		t.Errorf("without texts %q reads %q", text, got)
	}
	for _, language := range []string{"default", "en_US"} {
		if err := i18n.LoadTranslations("kubectl", func() string { return language }); err != nil {
			t.Fatal(err)
		}
		if got := i18n.T(text); got != text {
			t.Errorf("in %s %q reads %q", language, text, got)
		}
	}
}
