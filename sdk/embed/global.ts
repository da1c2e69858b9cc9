import { defineElement } from './element.ts'
import { behalf } from './loader.ts'

// public/embed.js is made of this file (scripts/build-embed.ts). Where it was loaded from is where the portal is.
const { src } = document.currentScript as HTMLScriptElement
const api = behalf(new URL(src).origin)
Object.assign(window, { Behalf: api })
defineElement(api)
