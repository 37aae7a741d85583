package idmaps

import (
	"encoding/json"
	"reflect"
	"testing"
)

func TestOnlyMountsThatCanHaveNoMappingLoseIt(t *testing.T) {
	const mapped = `"uidMappings":[{"hostID":65536}],"gidMappings":[{"hostID":65536}]`
	config := `{"process":{"args":["a"]},"mounts":[
		{"source":"/memory","options":["ro","idmap"],` + mapped + `},
		{"source":"/disk","options":["ro","ridmap"],` + mapped + `},
		{"source":"/disk","options":["rw"]}]}`
	got, err := without([]byte(config), func(source string) bool { return source == "/memory" })
	if err != nil {
		t.Fatal(err)
	}
	want := `{"process":{"args":["a"]},"mounts":[
		{"source":"/memory","options":["ro","idmap"],` + mapped + `},
		{"source":"/disk","options":["ro"]},
		{"source":"/disk","options":["rw"]}]}`
	var one, other any
	if json.Unmarshal(got, &one) != nil || json.Unmarshal([]byte(want), &other) != nil || !reflect.DeepEqual(one, other) {
		t.Errorf("%s", got)
	}
}

func TestNothingIsWrittenWhereNothingChanges(t *testing.T) {
	for _, config := range []string{`{}`, `{"mounts":[{"source":"/disk"}]}`} {
		if got, err := without([]byte(config), func(string) bool { return false }); got != nil || err != nil {
			t.Errorf("%s: %s %v", config, got, err)
		}
	}
	if _, err := without([]byte("{"), nil); err == nil {
		t.Error("no JSON is an error")
	}
}
