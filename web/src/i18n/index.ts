import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { en } from './en.ts';
import { zh } from './zh.ts';

export const LANGUAGES = ['zh', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];

const STORAGE_KEY = 'claimsight.language';

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'translation';
    resources: { translation: typeof zh };
    returnNull: false;
  }
}

const isLanguage = (value: unknown): value is Language => LANGUAGES.includes(value as Language);

/** 中文 first: the browser's own language is not asked, only what this reader chose before. */
export function startI18n(): void {
  const stored = localStorage.getItem(STORAGE_KEY);
  void i18next.use(initReactI18next).init({
    resources: { zh: { translation: zh }, en: { translation: en } },
    lng: isLanguage(stored) ? stored : 'zh',
    fallbackLng: 'zh',
    interpolation: { escapeValue: false },
    showSupportNotice: false,
  });
  document.documentElement.lang = i18next.language === 'en' ? 'en' : 'zh-CN';
}

export function switchLanguage(language: Language): void {
  localStorage.setItem(STORAGE_KEY, language);
  document.documentElement.lang = language === 'en' ? 'en' : 'zh-CN';
  void i18next.changeLanguage(language);
}

/** What the API says in both languages, in the reader's. */
export interface Bilingual {
  readonly zh: string;
  readonly en: string;
}
export const inLanguage = (text: Bilingual, language: string): string =>
  (language === 'en' ? text.en : text.zh) || text.zh || text.en;
