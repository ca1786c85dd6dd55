import { useEffect, useRef } from 'react';

const TYPING = 'input, textarea, select, [contenteditable="true"], .ant-select-dropdown';

/** Single keys for the whole page. They rest while one types, while a dialogue is open and with Ctrl, Alt or ⌘. */
export function useHotkeys(bindings: Readonly<Record<string, () => void>>): void {
  const current = useRef(bindings);
  current.current = bindings;
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      const target = event.target instanceof Element ? event.target : null;
      if (target?.closest(TYPING) || document.querySelector('.ant-modal-wrap:not([style*="display: none"])')) return;
      // A focused button or link answers Enter and the space bar itself.
      if ((event.key === 'Enter' || event.key === ' ') && target?.closest('button, a, [role="button"]')) return;
      const act = current.current[event.key];
      if (act === undefined) return;
      event.preventDefault();
      act();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
}
