import { Typography } from 'antd';
import { useTranslation } from 'react-i18next';

export default function DevicesPage() {
  const { t } = useTranslation();
  return <Typography.Title level={2}>{t('devices.title')}</Typography.Title>;
}
