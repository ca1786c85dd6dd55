import { Menu } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link, useLocation } from 'react-router';
import { useSession } from '../session/session.tsx';
import { menuFor, PAGE_GROUPS } from './pages.tsx';

/** Every page that the reader may open, under its heading. */
export function Navigation({ collapsed, onChosen }: { readonly collapsed: boolean; readonly onChosen?: () => void }) {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  const { user } = useSession();
  const pages = menuFor(user.rights);
  const here = pathname.slice(1);
  // The longest path that leads here: `devices/wall` before `devices`.
  const selected = pages
    .filter(({ path }) => here === path || here.startsWith(`${path}/`))
    .sort((a, b) => b.path.length - a.path.length)[0];
  const groups = PAGE_GROUPS.map((group) => ({ group, entries: pages.filter((page) => page.group === group) }));
  return (
    <nav aria-label={t('nav.menu')}>
      <Menu
        mode="inline"
        className="side-menu"
        inlineCollapsed={collapsed}
        selectedKeys={selected === undefined ? [] : [selected.path]}
        {...(onChosen !== undefined && { onClick: onChosen })}
        items={groups
          .filter(({ entries }) => entries.length > 0)
          .map(({ group, entries }) => ({
            key: group,
            type: 'group' as const,
            label: collapsed ? '' : t(`navGroup.${group}`),
            children: entries.map(({ path, name, icon }) => ({
              key: path,
              icon,
              label: <Link to={`/${path}`}>{t(`nav.${name}`)}</Link>,
            })),
          }))}
      />
    </nav>
  );
}
