/** What fills the blocks of the timeline besides colour: a state is told by its pattern, too. style/timeline.css refers to them. */

const Hatch = ({ id, gap, down = false }: { readonly id: string; readonly gap: number; readonly down?: boolean }) => (
  <pattern
    id={id}
    width={gap}
    height={gap}
    patternUnits="userSpaceOnUse"
    patternTransform={`rotate(${down ? -45 : 45})`}
  >
    <rect class="stroke" width="1.6" height={gap} />
  </pattern>
);

export const StatePatterns = () => (
  <svg class="patterns" width="0" height="0" aria-hidden="true">
    <defs>
      <pattern id="seat-admitting" width="6" height="6" patternUnits="userSpaceOnUse">
        <circle class="stroke" cx="3" cy="3" r="1.1" />
      </pattern>
      <Hatch id="seat-starting" gap={8} />
      <Hatch id="seat-loading" gap={4.5} />
      <Hatch id="seat-draining" gap={4.5} down />
      <pattern id="seat-frozen" width="8" height="5" patternUnits="userSpaceOnUse">
        <path class="line" d="M0 2.5q2-3 4 0t4 0" />
      </pattern>
      <pattern id="seat-failed" width="6" height="6" patternUnits="userSpaceOnUse">
        <path class="line trouble" d="M0 0l6 6M6 0l-6 6" />
      </pattern>
    </defs>
  </svg>
);
