/** Who has confirmed a hold as it stands now: any other step since makes earlier confirmations void. */
export function confirmationsOf(history: readonly { readonly action: string; readonly actor: string }[]): string[] {
  const since = history.findLastIndex(({ action }) => action !== 'confirm') + 1;
  return [...new Set(history.slice(since).map(({ actor }) => actor))];
}
