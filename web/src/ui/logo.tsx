/** Three ledgers side by side, one entry that does not agree. */
export function Logo({ size }: { readonly size: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="7" fill="#0b4a6f" />
      <path d="M8 9h9M8 16h16M8 23h12" stroke="#fff" strokeWidth="3" strokeLinecap="round" />
      <circle cx="23" cy="9" r="3" fill="#ffd666" />
    </svg>
  );
}
