import { judgeHecAnswer } from '../../src/target/hec-answer.ts'
import { hecMeaning } from '../../src/target/hec-codes.ts'
import { code, markdownTable, prose } from './markdown-table.ts'

/** What each code of a Splunk HEC means as the answer to an event. */
export function hecCodeTable(): string {
  const rows: string[][] = []
  for (let hecCode = 0; ; hecCode++) {
    const known = hecMeaning(hecCode)
    if (known === undefined) break
    const answer = {
      status: 200,
      html: false,
      text: JSON.stringify({ code: hecCode }),
      retryAfterMilliseconds: undefined,
    }
    const meaning = judgeHecAnswer({ level: 3, endpoint: 'raw' }, answer)
    const text = meaning.text.replace(` (HEC code ${hecCode})`, '')
    rows.push([String(hecCode), meaning.class, code(meaning.reason), prose(`The target ${text}.`)])
  }
  return markdownTable(['Code', 'Verdict', 'Reason', 'Message'], rows)
}
