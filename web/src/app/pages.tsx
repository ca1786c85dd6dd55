import {
  AuditOutlined,
  ControlOutlined,
  ExperimentOutlined,
  FileSearchOutlined,
  FileUnknownOutlined,
  IdcardOutlined,
  InfoCircleOutlined,
  SafetyOutlined,
  ScanOutlined,
  SolutionOutlined,
  TeamOutlined,
  UnorderedListOutlined,
  VideoCameraOutlined,
} from '@ant-design/icons';
import { type ComponentType, type LazyExoticComponent, lazy, type ReactNode } from 'react';
import type { zh } from '../i18n/zh.ts';

/** Under which heading of the navigation a page stands, in this order. */
export const PAGE_GROUPS = ['clinic', 'review', 'investigate', 'devices', 'rules', 'admin', 'help'] as const;
export type PageGroup = (typeof PAGE_GROUPS)[number];

interface PageEntry {
  readonly path: string;
  readonly Page: LazyExoticComponent<ComponentType>;
}

export interface MenuEntry extends PageEntry {
  /** Key of its name under `nav`. */
  readonly name: keyof typeof zh.nav;
  readonly group: PageGroup;
  readonly icon: ReactNode;
  /** Whoever holds one of them has it in his navigation; none: everybody. The page itself says so again. */
  readonly rights: readonly string[];
}

/** Pages of the navigation; the first that a reader may open is his home. Each is loaded when it is opened. */
export const MENU_PAGES: readonly MenuEntry[] = [
  {
    path: 'alerts',
    name: 'alerts',
    group: 'review',
    icon: <UnorderedListOutlined />,
    rights: ['alerts.read'],
    Page: lazy(() => import('../alerts/list-page.tsx')),
  },
  {
    path: 'checks',
    name: 'checks',
    group: 'review',
    icon: <FileSearchOutlined />,
    rights: ['alerts.first'],
    Page: lazy(() => import('../checks/checks-page.tsx')),
  },
  {
    path: 'clearing',
    name: 'clearing',
    group: 'review',
    icon: <AuditOutlined />,
    rights: ['clearing.read'],
    Page: lazy(() => import('../clearing/clearing-page.tsx')),
  },
  {
    path: 'devices',
    name: 'devices',
    group: 'devices',
    icon: <VideoCameraOutlined />,
    rights: ['devices.read'],
    Page: lazy(() => import('../devices/devices-page.tsx')),
  },
  {
    path: 'rules',
    name: 'rules',
    group: 'rules',
    icon: <ControlOutlined />,
    rights: ['rules.read'],
    Page: lazy(() => import('../rules/rules-page.tsx')),
  },
  {
    path: 'face-search',
    name: 'faceSearch',
    group: 'investigate',
    icon: <ScanOutlined />,
    rights: ['faces.search'],
    Page: lazy(() => import('../face-search/face-search-page.tsx')),
  },
  {
    path: 'models',
    name: 'models',
    group: 'rules',
    icon: <ExperimentOutlined />,
    rights: ['models.read'],
    Page: lazy(() => import('../models/models-page.tsx')),
  },
  {
    path: 'portraits',
    name: 'portraits',
    group: 'rules',
    icon: <IdcardOutlined />,
    rights: ['portraits.resolve'],
    Page: lazy(() => import('../portraits/portraits-page.tsx')),
  },
  {
    path: 'quarantine',
    name: 'quarantine',
    group: 'admin',
    icon: <FileUnknownOutlined />,
    rights: ['claims.read', 'claims.map'],
    Page: lazy(() => import('../quarantine/quarantine-page.tsx')),
  },
  {
    path: 'accounts',
    name: 'accounts',
    group: 'admin',
    icon: <TeamOutlined />,
    rights: ['accounts.read'],
    Page: lazy(() => import('../accounts/accounts-page.tsx')),
  },
  {
    path: 'audit',
    name: 'audit',
    group: 'admin',
    icon: <SolutionOutlined />,
    rights: ['audit.read'],
    Page: lazy(() => import('../audit/audit-page.tsx')),
  },
  {
    path: 'security',
    name: 'security',
    group: 'help',
    icon: <SafetyOutlined />,
    rights: [],
    Page: lazy(() => import('../session/security-page.tsx')),
  },
  {
    path: 'about',
    name: 'about',
    group: 'help',
    icon: <InfoCircleOutlined />,
    rights: [],
    Page: lazy(() => import('../about/about-page.tsx')),
  },
];

/** Pages that one reaches from others. */
export const INNER_PAGES: readonly PageEntry[] = [
  { path: 'rules/sets/:id', Page: lazy(() => import('../rules/set-page.tsx')) },
  { path: 'alerts/:id', Page: lazy(() => import('../alert/detail-page.tsx')) },
];

export const menuFor = (rights: readonly string[]): readonly MenuEntry[] =>
  MENU_PAGES.filter((page) => page.rights.length === 0 || page.rights.some((right) => rights.includes(right)));
