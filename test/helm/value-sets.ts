import type { Values } from './render-chart.ts'

/**
 * Sets of values that between them reach every branch of every template. `default` is an existing namespace: the API server refuses what stands
 * in another.
 */
export const valueSets: Readonly<Record<string, Values>> = {
  defaults: {},
  namespaced: { rbac: { mode: 'namespaced' } },
  'several namespaces': {
    rbac: { mode: 'namespaced' },
    watchNamespaces: ['default', 'kube-public'],
    secretAccess: 'Get',
    installationId: 'site-1',
  },
  'read Secrets only': { secretAccess: 'Get' },
  'rights from elsewhere': { rbac: { create: false }, serviceAccount: { create: false, name: 'own' } },
  'no aggregation': { rbac: { aggregateRoles: false } },
  'definitions from elsewhere': { crds: { enabled: false } },
  'definitions that go': { crds: { keep: false } },
  'no hook': { uninstallHook: { enabled: false } },
  'one bare pod': {
    replicaCount: 1,
    podDisruptionBudget: { enabled: false },
    networkPolicy: { enabled: false },
    metrics: { service: { enabled: false } },
    topologySpreadConstraints: [],
    nodeSelector: { 'kubernetes.io/os': null },
    resources: { requests: null, limits: null },
  },
  'restricted egress': {
    networkPolicy: {
      ingressFrom: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } }],
      egress: {
        restrict: true,
        targets: [{ to: [{ ipBlock: { cidr: '203.0.113.7/32' } }], ports: [{ port: 8088, protocol: 'TCP' }] }],
        extra: [{ to: [{ ipBlock: { cidr: '10.0.0.0/8' } }] }],
      },
    },
  },
  'service monitor': {
    metrics: {
      serviceMonitor: {
        enabled: true,
        labels: { release: 'prometheus' },
        interval: '30s',
        scrapeTimeout: '10s',
        relabelings: [{ sourceLabels: ['__meta_kubernetes_pod_node_name'], targetLabel: 'node' }],
        metricRelabelings: [{ sourceLabels: ['__name__'], regex: 'nodejs_.*', action: 'drop' }],
      },
      prometheusRule: { enabled: true, labels: { release: 'prometheus' }, runbookBaseUrl: 'https://wiki.example/s3' },
      dashboard: { enabled: true, annotations: { folder: 'Storage' } },
      service: { annotations: { team: 'storage' }, ipFamilyPolicy: 'PreferDualStack', port: 9090 },
    },
  },
  'pod monitor': { metrics: { podMonitor: { enabled: true, labels: { release: 'prometheus' }, interval: '1m' } } },
  'every flag': {
    logLevel: 'debug',
    concurrency: 16,
    secretAccess: 'Get',
    allowEndpointCidrs: ['127.0.0.1/32', '::1/128'],
    denyEndpointCidrs: ['0.0.0.0/0', '::/0'],
    proxyFromEnvironment: true,
    installationId: 'site_1.a-b',
    deletionTimeout: '1h30m',
    extraArgs: ['--log-level=warn', '--no-leader-elect'],
  },
  'everything on pods': {
    image: { registry: 'mirror.example:5000', tag: '1.2.3', pullPolicy: 'Always' },
    imagePullSecrets: [{ name: 'pull' }],
    commonLabels: { team: 'storage', cost: '7' },
    annotations: { note: 'deployment' },
    podAnnotations: { note: 'pod' },
    podLabels: { 'sidecar.example/inject': 'false' },
    priorityClassName: 'system-cluster-critical',
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: 'gpu', operator: 'DoesNotExist' }] }],
        },
      },
    },
    tolerations: [{ key: 'infra', operator: 'Exists', effect: 'NoSchedule' }],
    topologySpreadConstraints: [
      {
        topologyKey: 'rack',
        whenUnsatisfiable: 'DoNotSchedule',
        maxSkew: 2,
        labelSelector: { matchLabels: { own: 'selector' } },
      },
      { topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable: 'ScheduleAnyway', maxSkew: 1, minDomains: null },
    ],
    hostAliases: [{ ip: '192.0.2.7', hostnames: ['weka.example'] }],
    dnsConfig: { options: [{ name: 'ndots', value: '1' }] },
    updateStrategy: { rollingUpdate: { maxSurge: '50%' } },
    serviceAccount: { name: 'special', annotations: { 'example.com/role': 'reader' } },
    podDisruptionBudget: { maxUnavailable: '50%', unhealthyPodEvictionPolicy: 'IfHealthyBudget' },
    extraEnv: [{ name: 'NODE_EXTRA_CA_CERTS', value: '/etc/ca/ca.crt' }],
    extraVolumes: [{ name: 'ca', configMap: { name: 'ca' } }],
    extraVolumeMounts: [{ name: 'ca', mountPath: '/etc/ca', readOnly: true }],
    livenessProbe: { periodSeconds: 20 },
    readinessProbe: { initialDelaySeconds: 1 },
  },
  'an image by digest': { image: { digest: `sha256:${'a'.repeat(64)}`, tag: 'ignored' } },
  'an image of this machine': { image: { repository: 'localhost/s3-audit-operator', pullPolicy: 'Never' } },
  'another name': { nameOverride: 'audit', fullnameOverride: '' },
  'a long name': { fullnameOverride: 'n'.repeat(63) },
  'another namespace': { namespaceOverride: 'default', rbac: { mode: 'namespaced' } },
  openshift: { podSecurityContext: { runAsUser: null, runAsGroup: null } },
  'further objects': {
    extraObjects: [
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: '{{ .Release.Name }}-object' } },
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}-text\n',
    ],
  },
}
