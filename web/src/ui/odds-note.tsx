import { Tooltip } from 'antd';
import { useTranslation } from 'react-i18next';
import { inWords } from './odds.ts';

/** How often suspicions like this one are right, as people say it. */
export function OddsNote({ share }: { readonly share: number }) {
  const { t } = useTranslation();
  return (
    <Tooltip title={t('queue.oddsHint', { percent: Math.round(share * 100) })}>
      <span data-odds={share}>{t('queue.odds', inWords(share))}</span>
    </Tooltip>
  );
}
