import { hecMeaning } from '../../src/target/hec-codes.ts'
import { code, markdownTable, prose } from './markdown-table.ts'

/** What each code of a Splunk HEC means as the answer to an event. */
export function hecCodeTable(): string {
  const rows: string[][] = []
  for (let hecCode = 0; ; hecCode++) {
    const meaning = hecMeaning(hecCode)
    if (meaning === undefined) break
    const text = meaning.text.replace(` (HEC code ${hecCode})`, '')
    rows.push([String(hecCode), meaning.class, code(meaning.reason), prose(`The target ${text}.`)])
  }
  return markdownTable(['Code', 'Verdict', 'Reason', 'Message'], rows)
}
