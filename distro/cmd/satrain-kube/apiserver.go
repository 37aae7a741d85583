package main

// The API server, as upstream's command runs it, but for three things: its hooks
// that make the first roles and priority classes look before they wait, it makes
// its OpenAPI documents later, and it notes down how far its start is.

import (
	"context"
	"fmt"
	"os"
	"runtime/debug"
	"time"

	"distro.satrain.dev/bootstrap"
	"github.com/spf13/cobra"
	rbacv1 "k8s.io/api/rbac/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	utilerrors "k8s.io/apimachinery/pkg/util/errors"
	genericapiserver "k8s.io/apiserver/pkg/server"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
	basecompatibility "k8s.io/component-base/compatibility"
	"k8s.io/component-base/featuregate"
	logsapi "k8s.io/component-base/logs/api/v1"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	"k8s.io/kubernetes/cmd/kube-apiserver/app/options"
	rbacrest "k8s.io/kubernetes/pkg/registry/rbac/rest"
	schedulingrest "k8s.io/kubernetes/pkg/registry/scheduling/rest"
)

func newAPIServerCommand() *cobra.Command {
	startGenerously()
	s := options.NewServerRunOptions()
	ctx := genericapiserver.SetupSignalContext()
	registry := s.GenericServerRunOptions.ComponentGlobalsRegistry
	gates := registry.FeatureGateFor(basecompatibility.DefaultKubeComponent)
	cmd := &cobra.Command{
		Use:          "kube-apiserver",
		Args:         cobra.NoArgs,
		SilenceUsage: true,
		PersistentPreRunE: func(*cobra.Command, []string) error {
			rest.SetDefaultWarningHandler(rest.NoWarnings{})
			return registry.Set()
		},
		RunE: func(*cobra.Command, []string) error {
			if err := logsapi.ValidateAndApply(s.Logs, gates); err != nil {
				return err
			}
			completed, err := s.Complete(ctx)
			if err != nil {
				return err
			}
			if errs := completed.Validate(); len(errs) != 0 {
				return utilerrors.NewAggregate(errs)
			}
			gates.(featuregate.MutableFeatureGate).AddMetrics()
			registry.AddMetrics()
			return runAPIServer(ctx, completed)
		},
	}
	cmd.SetContext(ctx)
	for _, set := range s.Flags().FlagSets {
		cmd.Flags().AddFlagSet(set)
	}
	return cmd
}

func runAPIServer(ctx context.Context, opts options.CompletedOptions) error {
	milestone("options")
	name, err := cache.NewInformerName("kube-apiserver")
	if err != nil {
		return err
	}
	opts.InformerName = name
	config, err := apiserver.NewConfig(opts)
	if err != nil {
		return err
	}
	if err := lookFirst(config.KubeAPIs.ControlPlane.Generic); err != nil {
		return err
	}
	documents := lateDocuments(config)
	milestone("configuration")
	completed, err := config.Complete()
	if err != nil {
		return err
	}
	server, err := apiserver.CreateServerChain(completed)
	if err != nil {
		return err
	}
	milestone("API groups")
	if err := documents.install(server.GenericAPIServer); err != nil {
		return err
	}
	prepared, err := server.PrepareRun()
	if err != nil {
		return err
	}
	close(documents.prepared)
	milestone("prepared")
	return prepared.Run(ctx)
}

const (
	// In per cent, as GOGC.
	generous    = 400
	generousFor = 5 * time.Second
)

// While the server starts, garbage is a small part of what it has just made, and each collection looks at all of it. So
// it may grow for a while; then it keeps to what GOGC says, and gives back what it does not need. A third of a second.
func startGenerously() {
	usual := debug.SetGCPercent(generous)
	if usual < 0 || usual >= generous {
		debug.SetGCPercent(usual)
		return
	}
	time.AfterFunc(generousFor, func() {
		debug.SetGCPercent(usual)
		debug.FreeOSMemory()
	})
}

// milestone notes down in the log how far the start is; satrain shows it with --timings.
func milestone(name string) {
	fmt.Fprintf(os.Stderr, "milestone %d %s\n", time.Now().UnixMilli(), name)
}

// lookFirst replaces the hooks that wait a second before they begin. What they would make is in etcd already when
// satrain's etcd is new; if it is not, or somebody has changed it, upstream's hook does its work.
func lookFirst(config *genericapiserver.Config) error {
	_, ensurePolicy, err := rbacrest.RESTStorageProvider{}.PostStartHook()
	if err != nil {
		return err
	}
	_, ensureClasses, err := schedulingrest.RESTStorageProvider{}.PostStartHook()
	if err != nil {
		return err
	}
	for _, hook := range []struct {
		upstream string
		isThere  func(context.Context, kubernetes.Interface) (bool, error)
		ensure   genericapiserver.PostStartHookFunc
	}{
		{rbacrest.PostStartHookName, policyIsThere, ensurePolicy},
		{schedulingrest.PostStartHookName, classesAreThere, ensureClasses},
	} {
		config.DisabledPostStartHooks.Insert(hook.upstream)
		err := config.AddPostStartHook("satrain/"+hook.upstream, func(started genericapiserver.PostStartHookContext) error {
			client, err := kubernetes.NewForConfig(started.LoopbackClientConfig)
			if err != nil {
				return err
			}
			if there, err := hook.isThere(started.Context, client); err == nil && there {
				return nil
			}
			return hook.ensure(started)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func classesAreThere(ctx context.Context, client kubernetes.Interface) (bool, error) {
	found, err := client.SchedulingV1().PriorityClasses().List(ctx, metav1.ListOptions{})
	if err != nil {
		return false, err
	}
	has := map[string]any{}
	for i := range found.Items {
		note(has, &found.Items[i])
	}
	return holdsAll[*schedulingv1.PriorityClass](has), nil
}

// policyIsThere says whether each role and binding is there and says what it shall.
func policyIsThere(ctx context.Context, client kubernetes.Interface) (bool, error) {
	has, all := map[string]any{}, metav1.ListOptions{}
	clusterRoles, err := client.RbacV1().ClusterRoles().List(ctx, all)
	if err != nil {
		return false, err
	}
	for i := range clusterRoles.Items {
		note(has, &clusterRoles.Items[i])
	}
	clusterBindings, err := client.RbacV1().ClusterRoleBindings().List(ctx, all)
	if err != nil {
		return false, err
	}
	for i := range clusterBindings.Items {
		note(has, &clusterBindings.Items[i])
	}
	roles, err := client.RbacV1().Roles("").List(ctx, all)
	if err != nil {
		return false, err
	}
	for i := range roles.Items {
		note(has, &roles.Items[i])
	}
	bindings, err := client.RbacV1().RoleBindings("").List(ctx, all)
	if err != nil {
		return false, err
	}
	for i := range bindings.Items {
		note(has, &bindings.Items[i])
	}
	return holdsAll[*rbacv1.ClusterRole](has) && holdsAll[*rbacv1.ClusterRoleBinding](has) &&
		holdsAll[*rbacv1.Role](has) && holdsAll[*rbacv1.RoleBinding](has), nil
}

// holdsAll says whether all objects of a kind with which a cluster begins are there, and say what they shall.
func holdsAll[K runtime.Object](has map[string]any) bool {
	for _, object := range bootstrap.Objects() {
		if _, is := object.(K); !is {
			continue
		}
		if name, wanted := essence(object); !equality.Semantic.DeepEqual(has[name], wanted) {
			return false
		}
	}
	return true
}

func note(has map[string]any, object runtime.Object) {
	name, what := essence(object)
	has[name] = what
}

// What is compared has exported fields, as DeepEqual wants it.
type rules struct {
	Labels map[string]string
	Rules  []rbacv1.PolicyRule
	// The controller manager fills in the rules of a role that collects those of others.
	Collects *rbacv1.AggregationRule
}

type bound struct {
	Role     rbacv1.RoleRef
	Subjects []rbacv1.Subject
}

// essence is the name of an object, and what of it counts.
func essence(object runtime.Object) (string, any) {
	switch o := object.(type) {
	case *rbacv1.ClusterRole:
		granted := o.Rules
		if o.AggregationRule != nil {
			granted = nil
		}
		return "ClusterRole " + o.Name, rules{o.Labels, granted, o.AggregationRule}
	case *rbacv1.ClusterRoleBinding:
		return "ClusterRoleBinding " + o.Name, bound{o.RoleRef, o.Subjects}
	case *rbacv1.Role:
		return "Role " + o.Namespace + "/" + o.Name, rules{o.Labels, o.Rules, nil}
	case *rbacv1.RoleBinding:
		return "RoleBinding " + o.Namespace + "/" + o.Name, bound{o.RoleRef, o.Subjects}
	case *schedulingv1.PriorityClass:
		return "PriorityClass " + o.Name, o.Value
	}
	return "", nil
}
