/** Of the network between client and API server: connections are ... */
export type NetworkFault = 'reset' | 'cut' | 'stall' | 'half-open' | 'slow' | 'refused'

/** Of what client and server prove themselves by: a change of ... */
export type IdentityFault =
  | 'the certificate of the API server'
  | 'TLS itself'
  | 'the certificate of the operator'
  | 'the token of the operator'

/** Of an API server that answers, but not as it should: it ... */
export type AnswerFault =
  | 'answers watches with 410'
  | 'ends watches with a 410 event'
  | 'ends watches with a 500 event'
  | 'ends watches as soon as they begin'
  | 'repeats its position and ends watches'
  | 'sends bookmarks only'
  | 'pages a list without end'
  | 'answers 429 with Retry-After'
  | 'answers 429 without Retry-After'
  | 'wishes to be left alone for two minutes'
  | 'never ends an answer'
  | 'never answers'
  | 'floods with headers'
  | 'answers with what is no JSON'
  | 'sends an object without metadata'

/** Of the servers themselves. */
export type ServerFault =
  | 'etcd is restarted'
  | 'the API server is restarted'
  | 'a definition is deleted and created again'
