"""A completions server in a process of its own, with scripted words: something to kill in the middle of a text.

    python -m tests.model.completions PORT SCRIPT.json

The script is read anew at every request: ``text`` is said; ``mode`` is "ok", "error" (HTTP 500), "hang" (no answer),
"nonsense" (no JSON), "drip" (a word, and then nothing more, the connection open) or "stop" (the first sentence, and
then nothing more until somebody kills the process). Special tokens are chosen by ``wanted``, else the first.
"""

import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from model.engines.local import load_tokenizer
from model.registry import bundled_folder


class Handler(BaseHTTPRequestHandler):
    """Answers ``/v1/completions``."""

    protocol_version = "HTTP/1.1"
    script: Path
    tokenizer: Any

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        script = json.loads(self.script.read_text())
        mode = script.get("mode", "ok")
        if mode == "hang":
            time.sleep(60)
        if mode == "error":
            self._send(500, b'{"error": {"message": "out of memory"}}')
        elif mode == "nonsense":
            self._send(200, b"<html>It works!</html>")
        elif body.get("stream"):
            self._stream(script["text"], mode)
        else:
            choices = [self.tokenizer.pieces[int(number)] for number in body["logit_bias"]]
            wanted = [f"<u:{script['user_intent']}>", f"<w:{script['intent']}>", "<say>"]
            self._send(200, json.dumps(answer(next((c for c in wanted if c in choices), choices[0]))).encode())

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, text: str, mode: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        said = ""
        for word in text.split(" "):
            self._chunk(f"data: {json.dumps(answer(f'{word} '))}\n\n")
            if mode == "drip":
                time.sleep(60)
            if mode == "stop" and said.endswith("."):
                time.sleep(60)
            said = word
        self._chunk("data: [DONE]\n\n")
        self._chunk("")

    def _chunk(self, text: str) -> None:
        data = text.encode()
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:
        return None


def answer(text: str) -> dict[str, Any]:
    choice = {"index": 0, "text": text, "finish_reason": None, "logprobs": None}
    return {"id": "1", "object": "text_completion", "created": 0, "model": "student", "choices": [choice]}


if __name__ == "__main__":
    Handler.script = Path(sys.argv[2])
    Handler.tokenizer = load_tokenizer(bundled_folder())
    ThreadingHTTPServer.allow_reuse_address = True
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
