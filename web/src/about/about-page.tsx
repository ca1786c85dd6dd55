import { ApiOutlined } from '@ant-design/icons';
import { Typography } from 'antd';
import { useTranslation } from 'react-i18next';
import { PHASES } from '../api/types.ts';
import { PhaseTag } from '../ui/tags.tsx';

export default function AboutPage() {
  const { t } = useTranslation();
  const { Title, Paragraph } = Typography;
  return (
    <article className="about">
      <Title level={2}>{t('about.title')}</Title>
      <Paragraph strong>{t('about.line')}</Paragraph>
      <Title level={3}>{t('about.lawsTitle')}</Title>
      <ol>
        <li>{t('about.lawOne')}</li>
        <li>{t('about.lawTwo')}</li>
      </ol>
      <Title level={3}>{t('about.phasesTitle')}</Title>
      {PHASES.map((phase) => (
        <p key={phase} className="about-phase">
          <PhaseTag phase={phase} /> {t(`about.${phase}Text`)}
        </p>
      ))}
      <Title level={3}>{t('about.privacyTitle')}</Title>
      <Paragraph>{t('about.privacy')}</Paragraph>
      <a href="/docs" target="_blank" rel="noreferrer">
        <ApiOutlined /> {t('about.api')}
      </a>
    </article>
  );
}
