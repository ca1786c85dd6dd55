import { useTranslation } from 'react-i18next';
import type { AlertDetail } from '../api/types.ts';
import { inLanguage } from '../i18n/index.ts';
import { formatDateTime } from '../ui/format.ts';

export function HistoryPanel({ history }: { readonly history: AlertDetail['history'] }) {
  const { t, i18n } = useTranslation();
  const { language } = i18n;
  return (
    <section className="panel history" aria-labelledby="history-title">
      <header className="panel-head">
        <h2 id="history-title">{t('history.title')}</h2>
      </header>
      <ol>
        {history.map((entry) => (
          <li key={entry.seq}>
            <time className="num" dateTime={entry.at}>
              {formatDateTime(entry.at, language)}
            </time>
            <span className="history-actor">
              {entry.actor.startsWith('system') ? t('history.system') : entry.actor.replace(/^(user|key):/, '')}
            </span>
            <span>
              {inLanguage(entry.words, language)}
              {entry.note !== null && entry.note !== '' && <q>{entry.note}</q>}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}
