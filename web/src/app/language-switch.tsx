import { Segmented } from 'antd';
import { useTranslation } from 'react-i18next';
import { switchLanguage } from '../i18n/index.ts';

export function LanguageSwitch() {
  const { i18n, t } = useTranslation();
  return (
    <Segmented
      size="small"
      aria-label={t('nav.language')}
      value={i18n.language === 'en' ? 'en' : 'zh'}
      options={[
        { value: 'zh', label: t('nav.chinese') },
        { value: 'en', label: t('nav.english') },
      ]}
      onChange={(value) => switchLanguage(value === 'en' ? 'en' : 'zh')}
    />
  );
}
