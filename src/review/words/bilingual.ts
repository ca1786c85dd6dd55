/** One sentence in both languages of the house: Chinese first. */
export interface Bilingual {
  readonly zh: string;
  readonly en: string;
}

/** Sentences in a row: Chinese without spaces between, English with. */
export const joined = (parts: readonly Bilingual[]): Bilingual => ({
  zh: parts.map((part) => part.zh).join(''),
  en: parts.map((part) => part.en).join(' '),
});
