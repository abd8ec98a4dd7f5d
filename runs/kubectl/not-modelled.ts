/**
 * What the real kubectl knows and the model doesn't yet. It is said, rather than denied in the words that the real one
 * has for what there isn't.
 */

/** @see https://kubernetes.io/docs/reference/kubectl/generated/ */
const COMMANDS: ReadonlySet<string> = new Set(
  (
    'api-resources api-versions attach auth autoscale certificate cluster-info completion config cp ' +
    'debug diff edit exec explain kustomize options plugin port-forward proxy replace ' +
    'taint top version'
  ).split(' '),
);

/** Built-in resources, each with its names. @see https://kubernetes.io/docs/reference/kubectl/#resource-types */
const RESOURCES: ReadonlySet<string> = new Set(
  (
    'bindings binding componentstatuses componentstatus cs limitranges ' +
    'limitrange limits persistentvolumeclaims persistentvolumeclaim pvc persistentvolumes persistentvolume pv ' +
    'podtemplates podtemplate resourcequotas resourcequota quota ' +
    'serviceaccounts serviceaccount sa mutatingwebhookconfigurations validatingwebhookconfigurations ' +
    'customresourcedefinitions customresourcedefinition crd crds apiservices apiservice controllerrevisions ' +
    'horizontalpodautoscalers horizontalpodautoscaler hpa ' +
    'certificatesigningrequests certificatesigningrequest csr leases lease ' +
    'ingressclasses ingressclass ingresses ingress ing ipaddresses ipaddress ip networkpolicies networkpolicy netpol ' +
    'servicecidrs servicecidr runtimeclasses runtimeclass ' +
    'clusterrolebindings clusterrolebinding clusterroles clusterrole rolebindings rolebinding roles role ' +
    'priorityclasses priorityclass pc csidrivers csidriver csinodes csinode csistoragecapacities ' +
    'storageclasses storageclass sc volumeattachments volumeattachment'
  ).split(' '),
);

export function isUnmodelledCommand(name: string): boolean {
  return COMMANDS.has(name);
}

/** @param name as typed: `events`, `Events`, `jobs.batch` */
export function isUnmodelledResource(name: string): boolean {
  return RESOURCES.has(name.toLowerCase().split('.')[0]!);
}
