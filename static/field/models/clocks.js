// Three clocks beside each photo: the phone's, which anybody can set; the browser's count since the page was opened,
// which nobody can; and what the server said of the first when they last spoke.

export function clocks(device, now = Date.now(), count = performance) {
  return {
    wall_at: new Date(now).toISOString(),
    monotonic_ms: Math.round(count.now()),
    time_origin_ms: Math.round(count.timeOrigin),
    server_offset_ms: device.clock_offset_ms ?? null,
    server_offset_at: device.clock_offset_at ?? null,
  };
}
