/** What systems write where they know no doctor: many doctors would be summed as one (DOMAIN.md 1.11). */
const NOBODY = /^(未知|无|不详|空|null|none|unknown|n\/?a|-+|0+|9+)?$/i;

export const isNamedDoctor = (code: string): boolean => !NOBODY.test(code.trim());
