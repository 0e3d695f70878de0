// Calling what the caller gave us.

/** Call a listener, if there is one. What it throws is its own affair: it must not cost us what comes next. */
export function tell(listener, ...what) {
  try {
    listener?.(...what);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
