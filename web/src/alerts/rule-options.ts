import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { fetchRules, keys } from '../api/queries.ts';
import { useRight } from '../session/session.tsx';

/** The rules that one can choose, in the reader's language: those in force. */
export function useRuleOptions(): { value: string; label: string }[] {
  const { i18n } = useTranslation();
  const enabled = useRight('rules.read');
  const rules = useQuery({ queryKey: keys.rules, queryFn: fetchRules, staleTime: 300_000, enabled });
  const language = i18n.language.startsWith('zh') ? 'zh' : 'en';
  return (rules.data?.items ?? []).map(({ id, names }) => ({ value: id, label: `${id} ${names[language]}` }));
}
