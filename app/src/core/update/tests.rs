//! Promises of the page, kept without a browser.
