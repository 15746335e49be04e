"""Document compressors of LangChain, by name of the setting ``retrieval.compressor``."""

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
from langchain_core.callbacks import Callbacks
from langchain_core.documents import BaseDocumentCompressor, Document
from langchain_core.embeddings import Embeddings
from pydantic import ConfigDict

from retrieval.embeddings import load_dotted
from retrieval.errors import RetrievalError

NAMES = ("bundled", "cohere", "llm-chain-extractor", "embeddings-filter", "cross-encoder:NAME")


class NearestOnly(BaseDocumentCompressor):
    """Keeps the pieces whose vectors are nearest to the question.

    What langchain_classic's EmbeddingsFilter does, which since 1.0 cannot be imported without langchain-community.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)
    embeddings: Embeddings
    keep: int = 12

    def compress_documents(
        self, documents: Sequence[Document], query: str, callbacks: Callbacks | None = None
    ) -> Sequence[Document]:
        """The nearest documents, best first, with ``relevance_score`` (10 times the cosine) in their metadata."""
        if not documents:
            return []
        rows = np.asarray(self.embeddings.embed_documents([d.page_content for d in documents]))
        near = rows @ np.asarray(self.embeddings.embed_query(query))
        near = near / np.maximum(np.linalg.norm(rows, axis=1), 1e-9)
        best = np.argsort(-near, kind="stable")[: self.keep]
        return [
            documents[i].model_copy(
                update={"metadata": {**documents[i].metadata, "relevance_score": 10 * float(near[i])}}
            )
            for i in best
        ]


def open_compressor(setting: str, embeddings: Any) -> BaseDocumentCompressor:
    """The compressor that a setting names.

    Args:
        setting: One of ``NAMES`` or "package.module:Class" (made without arguments).
        embeddings: For "embeddings-filter".

    Raises:
        RetrievalError: A package, a key or a model is missing; the sentence says which.
    """
    try:
        made = _open(setting, embeddings)
    except ImportError as error:
        raise RetrievalError(
            f'The compressor "{setting}" needs a package that is not installed ({str(error).splitlines()[0]}); '
            f'install it or set retrieval.compressor to "bundled".'
        ) from error
    except RetrievalError:
        raise
    except Exception as error:
        raise RetrievalError(
            f'The compressor "{setting}" cannot be used ({str(error).splitlines()[0]}); set retrieval.compressor to '
            f'"bundled".'
        ) from error
    if not isinstance(made, BaseDocumentCompressor):
        raise RetrievalError(
            f'"{setting}" is no LangChain document compressor; set retrieval.compressor to one of {", ".join(NAMES)}.'
        )
    return made


def _open(setting: str, embeddings: Any) -> Any:
    if setting == "cohere":
        from langchain_cohere import CohereRerank  # an extra of its own

        return CohereRerank(model=os.environ.get("COHERE_RERANK_MODEL", "rerank-v3.5"))
    if setting == "llm-chain-extractor":
        from langchain_classic.retrievers.document_compressors import LLMChainExtractor
        from langchain_openai import ChatOpenAI

        # Base address and key come from OPENAI_BASE_URL and OPENAI_API_KEY, so that any compatible server will do.
        return LLMChainExtractor.from_llm(
            ChatOpenAI(model=os.environ.get("OPENAI_MODEL", "gpt-4o-mini"), temperature=0)
        )
    if setting == "embeddings-filter":
        return NearestOnly(embeddings=embeddings)
    if setting.startswith("cross-encoder:"):
        from langchain_classic.retrievers.document_compressors import CrossEncoderReranker
        from langchain_community.cross_encoders import HuggingFaceCrossEncoder

        return CrossEncoderReranker(model=HuggingFaceCrossEncoder(model_name=setting.partition(":")[2]), top_n=12)
    if ":" in setting or "." in setting:
        return load_dotted(setting, "retrieval.compressor")()
    raise RetrievalError(
        f'There is no compressor "{setting}"; set retrieval.compressor to one of {", ".join(NAMES)} or '
        f'"package.module:Class".'
    )
