import type { Answer } from './answer.ts'
import type { Meaning } from './hec-codes.ts'
import { statusMeaning } from './status-meaning.ts'

/**
 * What the answer of a plain HTTP target means: any 2xx is success, for the S3 sender looks at nothing else; but a page for
 * people is a login page or a portal, and what is posted there is lost.
 */
export function judgeHttpAnswer(level: 1 | 3, answer: Answer): Meaning {
  const byStatus = statusMeaning(answer)
  if (byStatus !== undefined) return byStatus
  const success = answer.status >= 200 && answer.status < 300
  if (success && answer.html && level === 3) {
    return {
      class: 'misconfigured',
      reason: 'NotAnEventCollector',
      text: 'answers an event with a web page: look at host, port and path of the endpoint, and at proxies before it',
    }
  }
  if (!success) {
    const what = level === 3 ? 'the event' : 'the health request'
    return { class: 'rejected', reason: 'PayloadRejected', text: `refuses ${what} (HTTP ${answer.status})` }
  }
  return level === 3
    ? { class: 'ok', reason: 'Accepted', text: 'accepts events' }
    : { class: 'ok', reason: 'Healthy', text: 'is healthy' }
}
