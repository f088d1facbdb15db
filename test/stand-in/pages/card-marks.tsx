/** The card networks' logos, simplified enough to tell apart at 32 by 20 pixels. */

/** All logos; `data-brand`, which the form sets as the number is typed, decides which are visible. */
export function BrandMarks() {
  return (
    <span class="BrandMarks" aria-hidden="true" data-brand="unknown">
      <svg viewBox="0 0 32 20" data-mark="visa">
        <rect width="32" height="20" rx="3" fill="#1a1f71" />
        <path
          d="M5 6.6h3l1.3 4.6L11 6.6h2l-3 7H8zM13.8 6.6h2l-1.2 7h-2zM22 8.2c-1.9-1-3.2-.2-3.2.4 0 1.3 3 1.2 3 3.1 0 1.7-2.6 2.6-5 1.6M25.3 6.6h1.6l1.9 7h-2l-.3-1.2h-2.6l-.5 1.2h-2z"
          fill="#fff"
          stroke="#fff"
          stroke-width=".4"
        />
      </svg>
      <svg viewBox="0 0 32 20" data-mark="mastercard">
        <rect width="32" height="20" rx="3" fill="#252525" />
        <circle cx="12.5" cy="10" r="6" fill="#eb001b" />
        <circle cx="19.5" cy="10" r="6" fill="#f79e1b" />
        <path d="M16 5.1a6 6 0 0 1 0 9.8 6 6 0 0 1 0-9.8" fill="#ff5f00" />
      </svg>
      <svg viewBox="0 0 32 20" data-mark="amex">
        <rect width="32" height="20" rx="3" fill="#016fd0" />
        <path
          d="M4 13.5 6.6 6.8h1.6l2.6 6.7M5 11.6h4.8M12 13.5V6.8l2.6 4.2 2.6-4.2v6.7M23 6.8h-4v6.7h4M19 10h3.6M24.4 6.8l4 6.7M28.4 6.8l-4 6.7"
          fill="none"
          stroke="#fff"
          stroke-width="1.5"
        />
      </svg>
      <svg viewBox="0 0 32 20" data-mark="discover">
        <rect width="32" height="20" rx="3" fill="#f4f4f4" />
        <path d="M32 9v8a3 3 0 0 1-3 3H14c8-1.6 14-5.6 18-11" fill="#f47216" />
        <path d="M4.5 6.500h1.700a3.5 3.5 0 0 1 0 7H4.500z" fill="none" stroke="#1c1c1c" stroke-width="1.5" />
        <circle cx="16.5" cy="10" r="3.6" fill="#f47216" />
      </svg>
      <svg viewBox="0 0 32 20" data-mark="diners">
        <rect width="32" height="20" rx="3" fill="#f4f4f4" />
        <circle cx="16" cy="10" r="7" fill="#0079be" />
        <path d="M14.5 5.800a4.5 4.5 0 0 0 0 8.400zM17.5 5.800a4.5 4.5 0 0 1 0 8.400z" fill="#fff" />
      </svg>
      <svg viewBox="0 0 32 20" data-mark="jcb">
        <rect width="32" height="20" rx="3" fill="#f4f4f4" />
        <path d="M9 4h4v10a2 2 0 0 1-2 2H7V6a2 2 0 0 1 2-2" fill="#0e4c96" />
        <path d="M16 4h4v10a2 2 0 0 1-2 2h-4V6a2 2 0 0 1 2-2" fill="#e30138" />
        <path d="M23 4h4v10a2 2 0 0 1-2 2h-4V6a2 2 0 0 1 2-2" fill="#00a651" />
      </svg>
      <svg viewBox="0 0 32 20" data-mark="unionpay">
        <rect width="32" height="20" rx="3" fill="#f4f4f4" />
        <path d="M8 3h7l-3 14H5z" fill="#e21836" />
        <path d="M14.5 3h7l-3 14h-7z" fill="#00447c" />
        <path d="M21 3h6l-3 14h-6z" fill="#007b84" />
      </svg>
      <svg viewBox="0 0 32 20" data-mark="none">
        <rect
          x=".75"
          y=".75"
          width="30.5"
          height="18.5"
          rx="2.5"
          fill="none"
          stroke="currentColor"
          stroke-width="1.5"
        />
        <path d="M0 6h32" stroke="currentColor" stroke-width="3" />
      </svg>
    </span>
  );
}

/** Where the security code is: three digits on the back of the card, or four on the front. */
export function CodeMark() {
  return (
    <svg class="CodeMark" viewBox="0 0 32 20" aria-hidden="true" data-length="3">
      <rect
        x=".75"
        y=".75"
        width="30.5"
        height="18.5"
        rx="2.5"
        fill="none"
        stroke="currentColor"
        stroke-width="1.5"
      />
      <g data-code="3">
        <path d="M0 5.500h32" stroke="currentColor" stroke-width="3" />
        <rect x="17" y="9.5" width="11" height="6" rx="3" fill="currentColor" />
      </g>
      <g data-code="4">
        <path d="M4 14h13" stroke="currentColor" stroke-width="2" />
        <rect x="17" y="4" width="12" height="6" rx="3" fill="currentColor" />
      </g>
    </svg>
  );
}
