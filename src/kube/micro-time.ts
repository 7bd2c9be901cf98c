/** metav1.MicroTime of milliseconds since the epoch: it takes six decimals, no more and no fewer. */
export function microTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace('Z', '000Z')
}
