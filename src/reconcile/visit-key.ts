/** Which visit a key means: see `visitKeyOf` of facts.ts. */
export type VisitKey = { readonly clinicCode: string; readonly mdtrtId: string } | { readonly msgid: string };

export function parseVisitKey(visitKey: string): VisitKey {
  if (visitKey.startsWith('message:')) return { msgid: visitKey.slice('message:'.length) };
  const [, clinicCode = '', ...rest] = visitKey.split(':');
  return { clinicCode, mdtrtId: rest.join(':') };
}

/** Whether a claim's row belongs to the visit: a message's, whatever visit it got since; a number's, in its clinic. */
export const isOfVisit = (
  key: VisitKey,
  row: { readonly clinic_code: string; readonly mdtrt_id: string | null; readonly msgid: string },
): boolean =>
  'msgid' in key ? row.msgid === key.msgid : row.mdtrt_id === key.mdtrtId && row.clinic_code === key.clinicCode;

/** In order of (at, id). */
export const byMoment = (
  a: { readonly at: number; readonly id: string },
  b: { readonly at: number; readonly id: string },
): number => a.at - b.at || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
