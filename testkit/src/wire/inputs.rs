//! Inputs of the adapters' tests.

use super::KEY;

/// The beginnings of responses, some without the end of the head.
pub const HEADS: [&str; 10] = [
    "",
    "HTTP/1.1 200 OK\r\n",
    "HTTP/1.1 200 OK\r\n\r\n",
    "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n",
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
    "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n<gzip>",
    "HTTP/1.1 404 Not Found\r\n\r\n",
    "HTTP/1.1 404 Not Found\r\ncontent-length: 9\r\n\r\n",
    "HTTP/1.1 404 Not Found\r\ntransfer-encoding: chunked\r\n\r\n",
    "HTTP/1.1 404 Not Found\r\ncontent-encoding: br\r\n\r\n",
];

/// Parts of responses, of which most combinations are valid.
pub const PARTS: [&str; 33] = [
    "<cut>",
    "<pause>",
    "<pause><pause><pause>",
    "<close>",
    "<reset>",
    "<gzip>",
    "<next>",
    "\r\n",
    "\r\n\r\n",
    "\n",
    "\r",
    " ",
    "HTTP/1.1 200 OK\r\n",
    "HTTP/1.0 200 OK\r\n",
    "HTTP/1.1 404 Not Found\r\n",
    "HTTP/1.1 302 Found\r\n",
    "HTTP/1.1 100 Continue\r\n\r\n",
    "content-length: 2\r\n\r\n{}",
    "content-length: 9\r\n\r\n{}",
    "content-length: 0\r\n\r\n",
    "content-encoding: gzip\r\n",
    "content-encoding: br\r\n",
    "content-length: x\r\n",
    "transfer-encoding: chunked\r\n\r\n",
    "connection: close\r\n",
    "2\r\n{}\r\n",
    "9\r\n{}\r\n",
    "0\r\n\r\n",
    "0\r\n",
    "1;a=b\r\n",
    "x\r\n",
    "{}",
    KEY,
];
