import type {
  AnswerFault,
  IdentityFault,
  NetworkFault,
  ServerFault,
} from '../../test/integration/faults/fault-names.ts'
import { markdownTable } from './markdown-table.ts'

type Fault = NetworkFault | IdentityFault | ServerFault | AnswerFault

interface FaultText {
  readonly fault: string
  /** What the runtime does, and when it is well again. */
  readonly runtime: string
  readonly seen: string
}

const nothing = 'nothing; changes come late'
const notReady = '`/readyz` fails after three minutes'

/** One row for each fault that the fault suite makes: a name without a text does not compile. */
const texts: Readonly<Record<Fault, FaultText>> = {
  reset: {
    fault: 'Connections are reset, in the middle of a chunk too',
    runtime:
      'A read is repeated once. The watch goes on from its last position: after 0.8 s if it had brought something, else after delays that double to 30 s.',
    seen: nothing,
  },
  cut: { fault: 'Connections are closed as soon as they are made', runtime: 'As above.', seen: notReady },
  stall: {
    fault: 'Connections stay open and nothing passes',
    runtime:
      'A request ends after 30 s (`Timeout`), a watch after 150 s without a byte (`Silent`); what follows takes new connections.',
    seen: notReady,
  },
  'half-open': {
    fault: 'The other end of a connection has gone without a word',
    runtime: 'As above, and new connections work at once.',
    seen: 'changes come up to 150 s late',
  },
  slow: {
    fault: 'Answers trickle',
    runtime: 'Watches have no time-out while bytes come; requests have 30 s.',
    seen: nothing,
  },
  refused: {
    fault: 'Nobody listens',
    runtime: 'Delays that double from 0.8 s to 30 s, each up to twice as long at random.',
    seen: notReady,
  },
  'the certificate of the API server': {
    fault: 'The API server has a certificate of another CA',
    runtime: 'The CA file is read for every request: once it names the new CA, all goes on.',
    seen: 'as for refused connections, until the file is right',
  },
  'TLS itself': { fault: 'Handshakes fail', runtime: 'As for refused connections.', seen: notReady },
  'the certificate of the operator': {
    fault: 'The client certificate expires, or does not fit to its key for a moment',
    runtime: '401 and failed handshakes are failures like others; certificate and key are read for every request.',
    seen: 'as for refused connections, until the files are right',
  },
  'the token of the operator': {
    fault: 'The token is no longer accepted',
    runtime: 'The file is read anew after a 401, and the request repeated once; else once a minute.',
    seen: 'as for refused connections, until the file is right',
  },
  'etcd is restarted': {
    fault: 'etcd is restarted',
    runtime: 'Errors 500 and broken watches; the position is kept.',
    seen: nothing,
  },
  'the API server is restarted': {
    fault: 'The API server is restarted on its port',
    runtime: 'As for refused connections; the position is kept, unless the server has forgotten it (410).',
    seen: nothing,
  },
  'a definition is deleted and created again': {
    fault: 'A definition (CRD) is deleted and created again',
    runtime:
      'Its objects go one by one, finalizers are worked off. 404 is met with growing delays and followed by a list.',
    seen: 'objects that are created again are worked off',
  },
  'answers watches with 410': {
    fault: 'A position is too old (410), as answer or as event',
    runtime:
      'A new list; only what differs is told as a change. Lists that no working watch follows come with growing delays.',
    seen: nothing,
  },
  'ends watches with a 410 event': {
    fault: 'The same in the middle of a watch',
    runtime: 'As above.',
    seen: nothing,
  },
  'ends watches with a 500 event': {
    fault: 'An ERROR event of another kind',
    runtime: 'What came cannot be trusted: as above.',
    seen: nothing,
  },
  'ends watches as soon as they begin': {
    fault: 'Watches that are answered and end at once, as by something in between',
    runtime: 'The position is kept, but they are failures like others and keep no cache fresh.',
    seen: notReady,
  },
  'repeats its position and ends watches': {
    fault: 'The same with a bookmark that moves nothing',
    runtime: 'Delays as for other failures; the server was heard.',
    seen: nothing,
  },
  'sends bookmarks only': {
    fault: 'Bookmarks for hours, and no changes',
    runtime: 'The position moves on and the watch stays.',
    seen: 'nothing',
  },
  'pages a list without end': {
    fault: 'A list whose pages never end',
    runtime: 'Given up after 1000 pages (half a million objects), tried again with growing delays.',
    seen: '`List failed` in the log',
  },
  'answers 429 with Retry-After': {
    fault: '429 or 503 with Retry-After',
    runtime: 'Repeated five times, each after the time wished; then a failure like others.',
    seen: notReady,
  },
  'answers 429 without Retry-After': { fault: '429 without it', runtime: 'A failure like others.', seen: notReady },
  'wishes to be left alone for two minutes': {
    fault: 'Retry-After of more than 30 s',
    runtime: 'A request fails at once; list and watch wait as long as wished, for five minutes at most.',
    seen: notReady,
  },
  'never ends an answer': {
    fault: 'An answer that never ends',
    runtime: 'Given up at 64 MiB, an event at 8 MiB (`ResponseTooLarge`), a request after 30 s at any rate.',
    seen: notReady,
  },
  'never answers': { fault: 'No answer', runtime: 'As for connections that stall.', seen: notReady },
  'floods with headers': {
    fault: 'Headers without end',
    runtime: 'Refused by the HTTP parser; a failure like others.',
    seen: notReady,
  },
  'answers with what is no JSON': {
    fault: 'Something else answers, with HTML',
    runtime: 'A typed error (`InvalidResponse`), and a list once it is over.',
    seen: notReady,
  },
  'sends an object without metadata': {
    fault: 'An event that is none, or an object without metadata',
    runtime: 'Dropped with its watch; a new list.',
    seen: nothing,
  },
}

export function faultTable(): string {
  const rows = Object.values(texts).map(({ fault, runtime, seen }) => [fault, runtime, seen])
  return markdownTable(['Fault', 'What the runtime does', 'What people see'], rows)
}
