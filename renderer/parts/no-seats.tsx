import { WithCode } from './with-code.tsx';

export const NoSeats = () => (
  <p class="quiet none">
    <WithCode text="No seats yet. Declare one in castellan.toml: `sudo castellan config edit`." />
  </p>
);
