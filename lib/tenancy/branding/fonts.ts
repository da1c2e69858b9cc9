/** Fonts that devices bring along, so that a theme needs no file; every stack ends in one that is always there. */
export const builtInFonts = {
  system: 'ui-sans-serif,system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif',
  humanist: 'Seravek,"Gill Sans Nova",Ubuntu,Calibri,"DejaVu Sans",source-sans-pro,sans-serif',
  geometric: 'Avenir,Montserrat,Corbel,"URW Gothic",source-sans-pro,sans-serif',
  grotesque: '"Helvetica Neue",Inter,Roboto,"Arial Nova","Nimbus Sans",Arial,sans-serif',
  rounded:
    'ui-rounded,"Hiragino Maru Gothic ProN",Quicksand,Comfortaa,Manjari,"Arial Rounded MT Bold",sans-serif',
  serif: 'Charter,"Bitstream Charter","Sitka Text",Cambria,"Noto Serif",serif',
  old_style: '"Iowan Old Style","Palatino Linotype","URW Palladio L",P052,serif',
  mono: 'ui-monospace,"SF Mono","Cascadia Mono",Menlo,Consolas,monospace',
} as const
export type BuiltInFont = keyof typeof builtInFonts
export const builtInFontNames = Object.keys(builtInFonts) as [BuiltInFont, ...BuiltInFont[]]
