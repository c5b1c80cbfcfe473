/// How the sheet looks: light and dark as the reader's system is, on a wall of screens and on a phone.
enum SheetStyle {
  static let css = """
    :root { color-scheme: light dark; --paper: #f4f4f1; --card: #ffffff; --ink: #1d2733; --soft: #5d6875;
      --line: #d9dcdf; --badge: #e3ebf4; --bad: #a32a1f; --badpaper: #fbe6e2; --shade: rgb(244 244 241 / 62%) }
    @media (prefers-color-scheme: dark) {
      :root { --paper: #14181d; --card: #1d232a; --ink: #e4e8ec; --soft: #98a3af; --line: #323a44;
        --badge: #2b3a4c; --bad: #ff9c8e; --badpaper: #43231f; --shade: rgb(20 24 29 / 66%) }
    }
    * { box-sizing: border-box }
    body { margin: 0 auto; max-width: 1800px; padding: 20px; background: var(--paper); color: var(--ink);
      font: 14px/1.4 system-ui, sans-serif }
    h1 { margin: 0; font-size: 22px; overflow-wrap: anywhere }
    h2 { margin: 0; font-size: 14px; overflow-wrap: anywhere }
    p { margin: 4px 0 }
    header { margin-bottom: 16px }
    .facts, label, footer, figcaption { color: var(--soft) }
    .facts { font-size: 12px }
    .title { overflow-wrap: anywhere }
    .reason { color: var(--bad); overflow-wrap: anywhere }
    label { cursor: pointer; font-size: 12px }
    #square { float: left; margin: 0; position: absolute; opacity: 0 }
    label::before { content: "☐ " }
    #square:checked ~ header label::before { content: "☑ " }
    #square:focus-visible ~ header label { outline: 2px solid var(--soft); outline-offset: 2px }
    h2 span { display: inline-block; padding: 0 7px; border-radius: 9px; background: var(--badge);
      font-weight: 500; font-size: 12px }
    h2 span.bad { background: var(--badpaper); color: var(--bad) }
    details { margin: 0 0 16px; padding: 10px 14px; border: 1px solid var(--line); border-radius: 8px;
      background: var(--card) }
    summary { cursor: pointer; color: var(--bad); font-weight: 600 }
    .ledger { overflow-x: auto }
    table { margin-top: 8px; border-collapse: collapse; font-size: 13px }
    th, td { padding: 3px 16px 3px 0; text-align: left; vertical-align: top }
    th { color: var(--soft); font-weight: 500 }
    td { border-top: 1px solid var(--line) }
    td:first-child, td:nth-child(3), td:nth-child(4) { min-width: 8em; overflow-wrap: anywhere }
    td:nth-child(2), th { white-space: nowrap }
    td:last-child { text-align: right }
    main { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 400px), 1fr)); gap: 14px }
    article { padding: 12px 14px; border: 1px solid var(--line); border-radius: 8px; background: var(--card) }
    article.none { border-style: dashed }
    .strip { display: flex; flex-wrap: wrap; gap: 6px; margin-top: 8px }
    figure { margin: 0 }
    figure div { position: relative; overflow: hidden; border-radius: 3px; line-height: 0 }
    figure img { display: block; max-width: 100%; height: auto }
    figcaption { font-size: 11px; font-variant-numeric: tabular-nums }
    #square:checked ~ main figure div::after { content: ""; position: absolute; inset: 0;
      background: linear-gradient(var(--way), var(--shade) var(--cut), transparent var(--cut)
        calc(100% - var(--cut)), var(--shade) calc(100% - var(--cut))) }
    .tall { --way: to bottom; max-width: calc((100% - 24px) / 5) }
    .wide { --way: to right; max-width: calc((100% - 12px) / 3) }
    figure.broken div { width: 144px; padding: 10px; border: 1px dashed var(--bad); color: var(--bad);
      font-size: 12px; line-height: 1.3; overflow-wrap: anywhere }
    footer { margin-top: 16px; font-size: 12px }
    @media (max-width: 560px) {
      body { padding: 12px }
      .tall { max-width: calc((100% - 18px) / 4) }
    }
    @media print { :root { --paper: #ffffff } article { break-inside: avoid } }
    """
}
