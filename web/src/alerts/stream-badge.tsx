import { DisconnectOutlined, LoadingOutlined, WifiOutlined } from '@ant-design/icons';
import { Tooltip } from 'antd';
import { useTranslation } from 'react-i18next';
import { useLiveAlerts } from './live.tsx';

/** Whether what is on the screen is the present. */
export function StreamBadge() {
  const { t } = useTranslation();
  const { state } = useLiveAlerts();
  const icon = {
    connecting: <LoadingOutlined />,
    live: <WifiOutlined />,
    waiting: <LoadingOutlined />,
    stopped: <DisconnectOutlined />,
  }[state];
  return (
    <Tooltip title={t(`stream.${state}Hint`)}>
      <span className={`stream stream-${state}`} role="status" data-stream={state}>
        {icon} {t(`stream.${state}`)}
      </span>
    </Tooltip>
  );
}
