// What the web UI needs of marked: it takes texts apart. scripts/vendor.sh packs it.
/*! marked: Copyright (c) 2018-2026, MarkedJS; (c) 2011-2018, Christopher Jeffrey. MIT License. https://github.com/markedjs/marked */
export { _Lexer as Lexer } from "./Lexer.ts";
export { _Tokenizer as Tokenizer } from "./Tokenizer.ts";
