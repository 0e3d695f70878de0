// Calling what the caller gave us.

/**
 * Call a function of theirs, if there is one, for what it returns. What it throws is its own affair: it must not cost
 * us what comes next.
 */
export function tell(theirs, ...what) {
  try {
    return theirs?.(...what);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
    return undefined;
  }
}
