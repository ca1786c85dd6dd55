import { Modal } from 'antd';
import { useTranslation } from 'react-i18next';

const KEYS = [
  ['j', 'next'],
  ['k', 'previous'],
  ['Enter', 'openAlert'],
  ['a', 'take'],
  ['d', 'dismiss'],
  ['q', 'ask'],
  ['e', 'escalate'],
  ['x', 'choose'],
  ['u', 'undo'],
  ['n', 'takeIn'],
  ['/', 'search'],
  ['Esc', 'back'],
  ['?', 'help'],
] as const;

export function KeyboardHelp({ open, onClose }: { readonly open: boolean; readonly onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal open={open} title={t('help.title')} footer={null} onCancel={onClose} width={420} destroyOnHidden>
      <dl className="keys">
        {KEYS.map(([key, name]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{t(`help.${name}`)}</dd>
          </div>
        ))}
      </dl>
    </Modal>
  );
}
