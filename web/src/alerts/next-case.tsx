import { StepForwardOutlined } from '@ant-design/icons';
import { App, Button, Dropdown } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { nextAlert, type Work } from '../api/queries.ts';
import { useSession } from '../session/session.tsx';
import { useErrorMessage } from '../ui/error-text.ts';

const WORK_BY_RIGHT: readonly (readonly [string, Work])[] = [
  ['alerts.first', 'first'],
  ['alerts.second', 'second'],
  ['alerts.verify', 'verify'],
  ['alerts.determine', 'determine'],
  ['alerts.handle', 'handle'],
];

/** Hands the reader the case that is best worked on next, of the kind of work that is his. */
export function NextCase({ from }: { readonly from: string }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const { user } = useSession();
  const navigate = useNavigate();
  const report = useErrorMessage();
  const [busy, setBusy] = useState(false);
  const works = WORK_BY_RIGHT.filter(([right]) => user.rights.some((mine) => mine === right)).map(([, work]) => work);
  const [main] = works;
  if (main === undefined) return null;
  const go = async (work: Work): Promise<void> => {
    setBusy(true);
    try {
      const { alert } = await nextAlert(work);
      if (alert === null) void message.info(t('flow.nothingNext'));
      else void navigate(`/alerts/${alert.id}`, { state: { from } });
    } catch (error) {
      report(error);
    } finally {
      setBusy(false);
    }
  };
  const button = (
    <Button type="primary" icon={<StepForwardOutlined />} loading={busy} onClick={() => void go(main)} data-next={main}>
      {t(`flow.next_${main}`)}
    </Button>
  );
  if (works.length === 1) return button;
  return (
    <Dropdown
      trigger={['contextMenu', 'hover']}
      menu={{
        items: works.map((work) => ({ key: work, label: t(`flow.next_${work}`) })),
        onClick: ({ key }) => void go(key as Work),
      }}
    >
      {button}
    </Dropdown>
  );
}
