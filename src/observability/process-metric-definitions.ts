/** Metrics of the process, named as the Prometheus client libraries name them. */
export const processMetricDefinitions = {
  cpu: {
    name: 'process_cpu_seconds_total',
    type: 'counter',
    labels: [],
    help: 'CPU time, user and system.',
  },
  residentMemory: {
    name: 'process_resident_memory_bytes',
    type: 'gauge',
    labels: [],
    help: 'Resident memory.',
  },
  startTime: {
    name: 'process_start_time_seconds',
    type: 'gauge',
    labels: [],
    help: 'When the process started, seconds since the Unix epoch.',
  },
  openFiles: {
    name: 'process_open_fds',
    type: 'gauge',
    labels: [],
    help: 'Open file descriptors; Linux only.',
  },
  heapUsed: {
    name: 'nodejs_heap_size_used_bytes',
    type: 'gauge',
    labels: [],
    help: 'Used part of the JavaScript heap.',
  },
  heapTotal: {
    name: 'nodejs_heap_size_total_bytes',
    type: 'gauge',
    labels: [],
    help: 'Size of the JavaScript heap.',
  },
  eventLoopLag: {
    name: 'nodejs_eventloop_lag_p99_seconds',
    type: 'gauge',
    labels: [],
    help: 'How late the event loop is, 99th percentile since the last scrape.',
  },
  nodeVersion: {
    name: 'nodejs_version_info',
    type: 'gauge',
    labels: ['version'],
    help: '1 for the version of Node that runs the operator.',
  },
} as const
