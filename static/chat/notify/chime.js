// A short sound, made here: there is no file to load.

const NOTES = [880, 1320]; // hertz
const LENGTH = 0.12; // seconds of each
const LOUDNESS = 0.15;

let context = null;

/** Play the sound. Browsers allow it only after the user has clicked or typed on the page. */
export function playChime() {
  context ??= new AudioContext();
  context.resume().catch(() => {});
  if (context.state === "suspended") return; // it would come late, when the user clicks
  NOTES.forEach((note, place) => playNote(note, context.currentTime + place * LENGTH));
}

function playNote(note, begin) {
  const [tone, volume] = [context.createOscillator(), context.createGain()];
  tone.frequency.value = note;
  volume.gain.setValueAtTime(LOUDNESS, begin);
  volume.gain.exponentialRampToValueAtTime(0.001, begin + LENGTH);
  tone.connect(volume).connect(context.destination);
  tone.start(begin);
  tone.stop(begin + LENGTH);
}
