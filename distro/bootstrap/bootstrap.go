// Package bootstrap writes the roles, bindings and priority classes that every
// cluster begins with into a new etcd, before there is an API server.
//
// The API server's own hooks make the same objects by 145 requests to itself,
// half a second of work, and wait a second before the first. What is written here
// is what those requests leave, field by field: the test starts an API server that
// does it by itself, and compares.
package bootstrap

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer/protobuf"
	"k8s.io/apimachinery/pkg/util/uuid"
	"k8s.io/client-go/kubernetes/scheme"
	systemclasses "k8s.io/kubernetes/pkg/apis/scheduling/v1"
	"k8s.io/kubernetes/plugin/pkg/auth/authorizer/rbac/bootstrappolicy"
)

const (
	registry = "/registry/"
	// Who the API server says that it is when it writes.
	manager = "kube-apiserver"
	// A transaction takes 128 operations at most.
	operationsAtOnce = 100
)

// object is one of them, and where it belongs in etcd.
type object struct {
	key   string
	value runtime.Object
	meta  *metav1.ObjectMeta
	kind  schema.GroupVersionKind
	// What the API server notes down as written by itself, beside metadata.
	fields map[string]any
}

// Write puts everything into an etcd that holds nothing of Kubernetes yet; one that does is left alone.
func Write(ctx context.Context, client *clientv3.Client) error {
	found, err := client.Get(ctx, registry, clientv3.WithPrefix(), clientv3.WithLimit(1), clientv3.WithKeysOnly())
	if err != nil || len(found.Kvs) > 0 {
		return err
	}
	all, now := objects(), metav1.NewTime(time.Now().Truncate(time.Second))
	encoder := protobuf.NewSerializer(scheme.Scheme, scheme.Scheme)
	for len(all) > 0 {
		count := min(len(all), operationsAtOnce)
		operations := make([]clientv3.Op, 0, count)
		for _, one := range all[:count] {
			value, err := one.encode(encoder, now)
			if err != nil {
				return fmt.Errorf("%s: %w", one.key, err)
			}
			operations = append(operations, clientv3.OpPut(one.key, string(value)))
		}
		if _, err := client.Txn(ctx).Then(operations...).Commit(); err != nil {
			return err
		}
		all = all[count:]
	}
	return nil
}

// Objects is all that is written.
func Objects() []runtime.Object {
	all := objects()
	values := make([]runtime.Object, len(all))
	for i, one := range all {
		values[i] = one.value
	}
	return values
}

// Controllers is the names of the ServiceAccounts of the control plane's controllers.
func Controllers() []string {
	var names []string
	for _, role := range bootstrappolicy.ControllerRoles() {
		names = append(names, strings.TrimPrefix(role.Name, "system:controller:"))
	}
	return names
}

// encode gives the object what the API server gives to a new one, and writes it as that does.
func (o *object) encode(encoder *protobuf.Serializer, now metav1.Time) ([]byte, error) {
	fields, err := json.Marshal(o.written())
	if err != nil {
		return nil, err
	}
	o.meta.UID, o.meta.CreationTimestamp = uuid.NewUUID(), now
	o.meta.ManagedFields = []metav1.ManagedFieldsEntry{{
		Manager: manager, Operation: metav1.ManagedFieldsOperationUpdate, APIVersion: o.kind.GroupVersion().String(),
		Time: &now, FieldsType: "FieldsV1", FieldsV1: metav1.NewFieldsV1(string(fields)),
	}}
	o.value.GetObjectKind().SetGroupVersionKind(o.kind)
	var out bytes.Buffer
	if err := encoder.Encode(o.value, &out); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// written is what the API server notes down as written by itself.
func (o *object) written() map[string]any {
	metadata := map[string]any{}
	for name, entries := range map[string]map[string]string{
		"f:annotations": o.meta.Annotations, "f:labels": o.meta.Labels,
	} {
		if len(entries) == 0 {
			continue
		}
		keys := map[string]any{".": none}
		for key := range entries {
			keys["f:"+key] = none
		}
		metadata[name] = keys
	}
	fields := o.fields
	if len(metadata) > 0 {
		fields["f:metadata"] = metadata
	}
	return fields
}

var none = map[string]any{}

// objects is all of them, as Kubernetes' own hooks have them.
func objects() []*object {
	var all []*object
	for _, class := range systemclasses.SystemPriorityClasses() {
		// As the API server fills it in.
		policy := corev1.PreemptLowerPriority
		class.Generation, class.PreemptionPolicy = 1, &policy
		all = append(all, &object{
			registry + "priorityclasses/" + class.Name, class, &class.ObjectMeta,
			schedulingv1.SchemeGroupVersion.WithKind("PriorityClass"), classFields(class),
		})
	}
	for _, role := range append(bootstrappolicy.ClusterRoles(), bootstrappolicy.ControllerRoles()...) {
		fields := ruleFields(role.Rules)
		if role.AggregationRule != nil {
			fields["f:aggregationRule"] = map[string]any{".": none, "f:clusterRoleSelectors": none}
		}
		all = append(all, rbac("clusterroles/"+role.Name, "ClusterRole", &role, &role.ObjectMeta, fields))
	}
	for _, binding := range append(bootstrappolicy.ClusterRoleBindings(), bootstrappolicy.ControllerRoleBindings()...) {
		key := "clusterrolebindings/" + binding.Name
		all = append(all, rbac(key, "ClusterRoleBinding", &binding, &binding.ObjectMeta, bindingFields(binding.Subjects)))
	}
	for namespace, roles := range bootstrappolicy.NamespaceRoles() {
		for _, role := range roles {
			key := "roles/" + namespace + "/" + role.Name
			all = append(all, rbac(key, "Role", &role, &role.ObjectMeta, ruleFields(role.Rules)))
		}
	}
	for namespace, bindings := range bootstrappolicy.NamespaceRoleBindings() {
		for _, binding := range bindings {
			key := "rolebindings/" + namespace + "/" + binding.Name
			all = append(all, rbac(key, "RoleBinding", &binding, &binding.ObjectMeta, bindingFields(binding.Subjects)))
		}
	}
	return all
}

func rbac(key, kind string, value runtime.Object, meta *metav1.ObjectMeta, fields map[string]any) *object {
	return &object{registry + key, value, meta, rbacv1.SchemeGroupVersion.WithKind(kind), fields}
}

func ruleFields(rules []rbacv1.PolicyRule) map[string]any {
	if len(rules) == 0 {
		return map[string]any{}
	}
	return map[string]any{"f:rules": none}
}

func bindingFields(subjects []rbacv1.Subject) map[string]any {
	fields := map[string]any{"f:roleRef": none}
	if len(subjects) > 0 {
		fields["f:subjects"] = none
	}
	return fields
}

func classFields(class *schedulingv1.PriorityClass) map[string]any {
	fields := map[string]any{"f:value": none, "f:preemptionPolicy": none}
	if class.Description != "" {
		fields["f:description"] = none
	}
	return fields
}
